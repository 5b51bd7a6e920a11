"""What nobody wrote by hand and nobody looks for: left out by its name unless a .kbignore brings it back."""

import re
from collections.abc import Container

VERSION_CONTROL = frozenset({b".git", b".hg", b".svn", b".bzr", b".jj", b".pijul", b"CVS", b"_darcs"})
"""Never entered, and never brought back."""

VENDORED = "vendored folder"
ENVIRONMENT = "virtual environment"
CACHE = "cache folder"
BUILT = "build output"
LOCKFILE = "lockfile"
MINIFIED = "minified file"
GENERATED = "generated file"
BACKUP = "editor's backup"
BINARY = "binary file by its name"

_FOLDERS = {
    VENDORED: b"node_modules bower_components jspm_packages vendor third_party third-party Pods Carthage Godeps "
    b"site-packages .yarn .pnpm-store",
    ENVIRONMENT: b".venv venv virtualenv .virtualenv .tox .nox .direnv .bundle",
    CACHE: b"__pycache__ .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .ipynb_checkpoints "
    b".cache .eggs .gradle .terraform .parcel-cache .turbo .sass-cache .nyc_output .idea",
    BUILT: b"_build .next .nuxt .svelte-kit .output htmlcov DerivedData",
}
_REASON_OF_FOLDER = {name: reason for reason, names in _FOLDERS.items() for name in names.split()}

_BUILD_FILES = (
    b".git", b"package.json", b"pyproject.toml", b"setup.py", b"setup.cfg", b"CMakeLists.txt", b"Makefile",
    b"meson.build", b"build.gradle", b"build.gradle.kts", b"build.xml", b"pubspec.yaml", b"composer.json", b"conf.py",
)  # fmt: skip
_BUILT_BESIDE = {
    b"target": (b"Cargo.toml", b"pom.xml", b"build.sbt"),
    b"build": _BUILD_FILES,
    b"dist": _BUILD_FILES,
    b"coverage": _BUILD_FILES,
}
"""Folders with an everyday name, a package's as well as a tool's: output only beside what produces it."""
_BUILT_AT_TOP = frozenset((b"build", b"dist", b"coverage"))

_LOCKFILES = frozenset(
    b"package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock Cargo.lock "
    b"poetry.lock Pipfile.lock pdm.lock uv.lock pixi.lock conda-lock.yml composer.lock Gemfile.lock go.sum go.work.sum "
    b"mix.lock flake.lock Podfile.lock Cartfile.resolved Package.resolved packages.lock.json gradle.lockfile "
    b"pubspec.lock Chart.lock renv.lock MODULE.bazel.lock .terraform.lock.hcl".split()
)
_MINIFIED = re.compile(rb".*(?:[.-]min\.(?:js|mjs|cjs|css)|\.bundle\.(?:js|css)|\.(?:js|mjs|cjs|css)\.map)", re.DOTALL)
_GENERATED = re.compile(
    rb"zz_generated.*|bindata\.go"
    rb"|.*(?:\.pb(?:\.gw)?\.go|\.pb\.(?:cc|h)|_pb2(?:_grpc)?\.pyi?|_pb\.(?:js|d\.ts)|[._]generated\.[\w.]+"
    rb"|\.g\.(?:dart|cs)|\.freezed\.dart|\.designer\.cs|\.snap)",
    re.DOTALL,
)
_BINARY = frozenset(
    # A PDF is not here: its reader decides.
    b"png jpg jpeg jpe gif bmp ico icns tif tiff webp avif heic heif psd ai eps svg svgz xcf sketch fig "
    b"mp3 mp4 m4a m4v mov avi mkv webm wav flac ogg ogv opus aac wma wmv mpg mpeg "
    b"zip gz tgz bz2 tbz xz txz zst lz4 lzma br 7z rar tar jar war ear whl egg gem deb rpm apk ipa dmg iso cab msi "
    b"nupkg crate exe dll so dylib a o obj lib ko elf class pyc pyo pyd beam wasm bc rlib rmeta pdb node "
    b"ttf otf woff woff2 eot pfb doc docx xls xlsx ppt pptx odt ods odp pages numbers epub mobi djvu "
    b"db db3 sqlite sqlite3 mdb accdb frm ibd rdb ldb sst parquet avro orc arrow feather npy npz h5 hdf5 mat rds rda "
    b"pkl pickle joblib pt pth onnx safetensors gguf ggml tflite pb ckpt bin img qcow2 vmdk vdi "
    b"swp swo ds_store gpg sig pcap der crt cer p7b mo pack idx glb fbx blend stl dcm jls".split()
)


_BACKUP = re.compile(rb".*(?:~|\.(?:orig|rej|bak))|\.?#.*", re.DOTALL)
"""What emacs, vim and patch leave beside a file: the old text would be found and cited beside the new."""


def folder_reason(name: bytes, siblings: Container[bytes], *, at_top: bool) -> str:
    """Why a folder of this name is not entered, or ""; `siblings` holds the names beside it."""
    if reason := _REASON_OF_FOLDER.get(name):
        return reason
    if name.endswith(b".egg-info") or (at_top and name in _BUILT_AT_TOP):
        return BUILT
    # A source package may well be called "build": deep in a tree the name alone proves nothing.
    return BUILT if any(mark in siblings for mark in _BUILT_BESIDE.get(name, ())) else ""


def file_reason(name: bytes) -> str:
    """Why a file of this name is not read, or ""."""
    if name in _LOCKFILES:
        return LOCKFILE
    if _BACKUP.fullmatch(name):
        return BACKUP
    if _MINIFIED.fullmatch(name):
        return MINIFIED
    return GENERATED if _GENERATED.fullmatch(name) else ""


def is_binary_name(name: bytes) -> bool:
    """Whether the extension names a format without text."""
    stem, _, extension = name.rpartition(b".")
    return (bool(stem) or name == b".DS_Store") and extension.lower() in _BINARY
