# make demo: install and fuse real photographs.  make test: everything the tests need, then the tests.
PYTHON ?= python3
BIN := .venv/bin

demo: .venv/base
	$(BIN)/aefusion demo --output demo

test: .venv/test
	$(BIN)/python -m pytest

lint: .venv/test .venv/lint
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/pyright

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "aefusion needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3 -m venv failed: on Debian, apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip

.venv/base: pyproject.toml CMakeLists.txt $(wildcard src/aefusion/engine/*.cpp src/aefusion/engine/*.hpp) | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

.venv/test: .venv/base
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

.venv/lint: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[lint]'
	@touch $@

clean:
	rm -rf .venv build demo

.PHONY: demo test lint clean
