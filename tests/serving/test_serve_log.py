import logging
import logging.config
from logging.handlers import MemoryHandler
from pathlib import Path

from neuronserve.serving.serve_log import LOGGER, kept_serve_log


def test_the_log_goes_on_after_another_has_set_up_logging(tmp_path: Path) -> None:
    file = tmp_path / "replica.log"
    handler = MemoryHandler(1, target=logging.FileHandler(file))
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    try:
        with kept_serve_log():
            logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
            assert handler.target is None, "this is what vLLM does to it"
        logger.error("said later")
        assert handler.target.baseFilename == str(file)
        assert file.read_text() == "said later\n"
    finally:
        logger.removeHandler(handler)
