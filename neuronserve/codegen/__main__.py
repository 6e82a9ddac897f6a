"""``python -m neuronserve.codegen``: write the generated files of a checkout anew."""

from pathlib import Path

from neuronserve.codegen.files import generated_files

ROOT = Path(__file__).resolve().parents[2]

for file, text in generated_files(ROOT).items():
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
        print(f"written: {file.relative_to(ROOT)}")
