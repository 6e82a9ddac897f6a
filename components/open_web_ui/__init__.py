"""A page in the browser to chat with the models of LLM services: Open WebUI."""
