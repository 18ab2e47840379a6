# `make demo` and `make test` set up everything they need. See README.md.
#
# ORT=cpu, openvino or gpu takes that build of ONNX Runtime (docs/guide/providers.md). What was taken last stays;
# at first it is cpu.
ORT         ?= $(or $(filter openvino gpu,$(subst -, ,$(shell readlink .cache/onnxruntime/current))),cpu)
BIN         := $(or $(CARGO_TARGET_DIR),target)/release/inspector
RUNTIME_APT := libopencv-core-dev libopencv-imgproc-dev libopencv-calib3d-dev libclang-dev clang pkg-config g++ make python3 python3-pip
# What the heavy features need (`--features full`): code reader, GenICam cameras. The demo does without.
# dpkg-dev finds out which packages a program needs.
FULL_APT    := dpkg-dev cmake libaravis-dev libusb-1.0-0-dev
NEXTEST     := 0.9.143
# What plays the PLC of `make demo-line`, in an environment of its own.
LINE_APT    := python3-venv
TEST_APT    := aravis-tools-cli iproute2 qemu-system-x86 busybox-static cpio kmod mbpoll v4l-utils chromium sqlite3 $(LINE_APT)

# Styles of the demo that are taught from so many good parts; the others keep the model of models/assets/demo.
# `make demo TAUGHT=` teaches none, `make demo TAUGHT="bracket gear"` two; `make clean-demo` begins anew.
TAUGHT      := bracket
GOOD_PARTS  := 30

.PHONY: demo demo-two demo-line demo-accept demo-teach package test test-package test-screens nextest deny ui backbone onnxruntime onnxruntime-test build release setup setup-full setup-line setup-test check clean-demo

demo: build demo-data demo-accept demo-teach
	@echo "does this machine hold the cycle? In another terminal, in a minute:"
	@echo "  $(BIN) bench --plan quick demo-data/models/demo --html bench.html"
	$(BIN) run --settings demo-data/station.toml

demo-two: build demo-data demo-accept
	$(BIN) run --settings demo-data/two-cameras.toml

# A station on a wired line: a PLC and a module of inputs and outputs, played over real sockets. FAULTS=60 has something
# go wrong each minute; else letters on the keyboard do.
demo-line: setup-line build demo-data demo-accept
	@[ -e demo-data/line.toml ] || { echo "demo-data is of an older version: make clean-demo removes it" >&2; exit 1; }
	@python=$$(tests/plc/pymodbus.sh) && BIN=$(abspath $(BIN)) PYTHON=$$python FAULTS=$(FAULTS) exec inspector/demo/line/run.sh demo-data

# A copy, because applying a threshold writes new recipe versions beside the old ones, and teaching writes
# models.
demo-data:
	rm -rf demo-data.part
	cp -r inspector/demo demo-data.part && rm -r demo-data.part/teach.sh demo-data.part/line
	mkdir demo-data.part/models
	cp -r models/assets/demo demo-data.part/models/
	mv demo-data.part demo-data

# Shows that the model answers on this machine as it did where it was made.
demo-accept: build demo-data
	@[ -d demo-data/models ] || { echo "demo-data is of an older version: make clean-demo removes it" >&2; exit 1; }
	$(BIN) model accept demo-data/models/demo

# Good parts of each style in TAUGHT pass the camera, a model is made of them, and the style's recipe gets a
# new version that uses it.
demo-teach: build demo-data
	@BIN=$(BIN) PARTS=$(GOOD_PARTS) inspector/demo/teach.sh demo-data $(TAUGHT)

build: setup onnxruntime backbone ui
	cargo build --release --locked

# With everything: codes in images and GenICam cameras, too. A quarter of an hour on two cores, at first.
release: setup-full onnxruntime backbone ui
	cargo build --release --locked --features full

# A Debian package of it, for the release of Debian or Ubuntu on which it is made: target/package/inspector_*.deb.
package: release
	inspector/package/build.sh $(BIN) .cache/onnxruntime/current $(dir $(BIN))../package

# Installs it in a clean Debian of its own, under systemd: killed, hung, upgraded, removed. As root; not part of `make test`.
test-package: package
	@inspector/setup.sh debootstrap
	tests/package/install.sh "$$(ls -t $(dir $(BIN))../package/inspector_*.deb | head -1)"

ui: ui/dist/index.html

ui/dist/index.html: ui/package-lock.json ui/index.html ui/vite.config.ts $(shell find ui/src -type f)
	cd ui && npm ci --no-audit --no-fund && npm run build

onnxruntime:
	models/assets/onnxruntime/fetch.sh --use $(ORT)

backbone:
	models/assets/backbone/fetch.sh

# Beside the build in use: `models/tests/openvino.rs` runs with it. 84 MB, for x86-64 only.
onnxruntime-test: onnxruntime
	if [ "$$(uname -m)" = x86_64 ]; then models/assets/onnxruntime/fetch.sh openvino; fi

setup:
	@inspector/setup.sh $(RUNTIME_APT)

setup-full: setup
	@inspector/setup.sh $(FULL_APT)

setup-line: setup
	@inspector/setup.sh $(LINE_APT)

setup-test: setup-full
	@inspector/setup.sh $(TEST_APT)

# Each test in a process of its own, with a limit for those that hang (.config/nextest.toml), and those in docs.
test: setup-test onnxruntime-test backbone ui nextest
	INSPECTOR_EXPORTS=$$(models/tests/exports/make.sh) && export INSPECTOR_EXPORTS && \
	INSPECTOR_SCHEMATHESIS=$$(tests/hostile/schemathesis.sh) && export INSPECTOR_SCHEMATHESIS && \
	INSPECTOR_AICS_TLOG=$$(tests/proof/aics-tlog.sh) && export INSPECTOR_AICS_TLOG && \
	INSPECTOR_READERS=$$(tests/export/readers.sh) && export INSPECTOR_READERS && \
	INSPECTOR_PYMODBUS=$$(tests/plc/pymodbus.sh) && export INSPECTOR_PYMODBUS && \
	INSPECTOR_ORACLES=$$(tests/quality/oracles.sh) && export INSPECTOR_ORACLES && cargo nextest run --workspace --features full --locked
	cargo test --workspace --doc --features full --locked
	cd ui && npm test && npm run build
	cargo build --release --locked --features full
	INSPECTOR_BIN=$(abspath $(BIN)) ui/e2e/run.sh

# Every page in every language, size and colour, against a made-up station in Chromium: about ten minutes.
test-screens: ui
	cd ui && npm run e2e:screens

# The runner of the tests, where it is missing: a quarter of an hour on two cores, once.
nextest:
	@cargo nextest --version >/dev/null 2>&1 || cargo install cargo-nextest --version $(NEXTEST) --locked

# Licences, bans and sources of all dependencies. Advisories too, where their database can be reached.
deny:
	cargo deny --locked check licenses bans sources
	@if cargo deny --locked fetch db >/dev/null 2>&1; then cargo deny --locked check --disable-fetch advisories; \
	else echo "deny: advisories were not checked: RustSec's database cannot be reached" >&2; fi

clean-demo:
	rm -rf demo-data demo-data.part
