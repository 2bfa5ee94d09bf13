# Everything a person types here. On Debian 12, `make demo` and `make test` each do all the set-up they need: Python
# packages go into .venv, build products into build/ and dist_web/, Debian packages are asked of apt-get when missing.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell nproc)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

CORE := $(shell find dsp_core bindings codegen -type f -not -name '*.pyc') CMakeLists.txt
PACKAGE := $(CORE) $(shell find python -type f -not -name '*.pyc') pyproject.toml
WEB := $(shell find dist_web/src dist_web/studio dist_web/gallery -type f) dist_web/package-lock.json dist_web/tsconfig.json dist_web/build.mjs

# $(call apt,PACKAGES): installs those that are not there yet
apt = missing=""; for p in $(1); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing+=" $$p"; done; \
	if [ -n "$$missing" ]; then echo "Installing Debian packages:$$missing"; $(SUDO) apt-get update -qq; \
	DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; fi

.PHONY: help demo studio test test-cpp test-python test-web parity-all sweep lint format bench clean

help:
	@echo 'make demo     install into .venv, train a small model, hear it (three minutes)'
	@echo 'make studio   build the studio page and open it'
	@echo 'make test     build both builds and run every test'
	@echo 'make parity-all  every compiler, processor and browser against the golden list (hours)'
	@echo 'make sweep    the elementary functions over all 2^32 floats beside correctly rounded values'
	@echo 'make lint     ruff, mypy, clang-format, and that generated files are fresh'
	@echo 'make format   let ruff and clang-format rewrite what they complain about'
	@echo 'make bench    speed beside NumPy, librosa, lws, PyTorch and Keras, those that are installed'
	@echo 'make clean    remove everything that was built'

demo: $(VENV)/package
	$(BIN)/unisono demo

test: test-cpp test-web test-python

# --- set-up -----------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@python3 -c 'import ensurepip' 2>/dev/null || { $(call apt,python3-venv); }
	@python3 -c 'import os, sysconfig; os.stat(sysconfig.get_paths()["include"] + "/Python.h")' 2>/dev/null \
		|| { $(call apt,python3-dev); }
	python3 -m venv $(VENV)

$(VENV)/package: $(BIN)/python $(PACKAGE)
	$(BIN)/pip install --quiet .
	@touch $@

# lws 1.2.8 builds only outside pip's isolation, and only through Cython.
$(VENV)/tools: $(BIN)/python pyproject.toml
	$(BIN)/python -c 'import tomllib; extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; \
		print(*extras["test"], *extras["lint"], sep="\n")' > $(VENV)/requirements.txt
	$(BIN)/pip install --quiet -r $(VENV)/requirements.txt
	LWS_USE_CYTHON=1 $(BIN)/pip install --quiet --no-build-isolation lws==1.2.8
	@touch $@

build/debian:
	@$(call apt,emscripten binaryen binutils doctest-dev sonic-pi-samples)
	@mkdir -p build && touch $@

dist_web/wasm/unisono.wasm: build/debian $(VENV)/tools $(CORE)
	$(BIN)/python -m codegen wasm
	@touch $@

dist_web/node_modules/.installed: dist_web/package-lock.json
	npm --prefix dist_web ci --no-audit --no-fund
	@touch $@

dist_web/lib/.built: dist_web/node_modules/.installed dist_web/wasm/unisono.wasm $(WEB)
	npm --prefix dist_web run --silent build
	@touch $@

build/chromium:
	@$(call apt,chromium)
	@mkdir -p build && touch $@

# With a sound server, whose device leads nowhere: without one Firefox plays nothing.
build/firefox:
	@$(call apt,firefox-esr pulseaudio)
	@mkdir -p build && touch $@

tests/web/node_modules/.installed: tests/web/package-lock.json
	npm --prefix tests/web ci --no-audit --no-fund
	@touch $@

tests/parity/node_modules/.installed: tests/parity/package-lock.json
	npm --prefix tests/parity ci --no-audit --no-fund
	@touch $@

build/engines: build/chromium build/firefox
	@$(call apt,webkit2gtk-driver xvfb xauth clang-14 clang-19 libclang-rt-19-dev g++-aarch64-linux-gnu \
		g++-arm-linux-gnueabihf g++-riscv64-linux-gnu qemu-user libmpfr-dev)
	@mkdir -p build && touch $@

studio: $(VENV)/package dist_web/lib/.built
	UNISONO_SITE=dist_web/site $(BIN)/unisono web

# --- tests ------------------------------------------------------------------------------------------------------------

test-cpp: build/debian $(VENV)/tools
	$(BIN)/cmake -S . -B build/cpp -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja \
		-DUNISONO_BUILD_TESTS=ON -DUNISONO_BUILD_BINDINGS=OFF >/dev/null
	$(BIN)/cmake --build build/cpp
	$(BIN)/ctest --test-dir build/cpp --output-on-failure

test-python: $(VENV)/package $(VENV)/tools build/debian build/chromium dist_web/lib/.built tests/parity/node_modules/.installed
	$(BIN)/python -m pytest

test-web: $(VENV)/package dist_web/lib/.built tests/web/node_modules/.installed build/chromium build/firefox
	npm --prefix dist_web test
	npm --prefix tests/web test

# Hours on two cores, and goes on where it was stopped; PARITY='--only arm64 --cases 1000' takes a part. SWEEP=exp sweeps
# one function.
PARITY := --cases 10000 --slow-cases 500
SWEEP :=

parity-all: $(VENV)/package $(VENV)/tools build/debian build/engines dist_web/lib/.built tests/parity/node_modules/.installed
	$(BIN)/python tests/parity/all.py $(PARITY)

sweep: $(VENV)/package build/engines
	$(BIN)/python tests/sweep/sweep.py $(SWEEP)

# --- care -------------------------------------------------------------------------------------------------------------

CPP_FILES = $(shell find dsp_core bindings python/unisono/bench tests/cpp tests/parity/native tests/sweep -name '*.h' -o -name '*.cpp' | grep -v -e '\.gen\.' -e 'bindings/capi/unisono.h')

lint: $(VENV)/package $(VENV)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/clang-format --dry-run -Werror $(CPP_FILES)
	$(BIN)/python -m codegen --check

format: $(VENV)/tools
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CPP_FILES)

bench: $(VENV)/package
	$(BIN)/unisono bench

clean:
	rm -rf $(VENV) build dist dist_web/lib dist_web/dist dist_web/site dist_web/wasm dist_web/node_modules tests/web/node_modules tests/parity/node_modules .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
