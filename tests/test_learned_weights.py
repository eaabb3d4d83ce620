"""Weights of the learned methods: read from the files of their authors, checked, kept, asked for where missing."""

import json
import struct
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch

from aefusion import METHODS, Fuser
from aefusion.cli import main
from aefusion.files import FileError
from aefusion.learned import published
from aefusion.learned.add_weights import add_weights, network_of
from aefusion.learned.published import File, Published
from aefusion.learned.read_tensorflow import MAGIC, read_tensorflow
from aefusion.weights import load

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch) -> Path:
    """The folder of weights, which is empty."""
    monkeypatch.setenv("AEFUSION_WEIGHTS", str(tmp_path / "kept"))
    return tmp_path / "kept"


def number(value: int) -> bytes:
    """Seven bits a byte."""
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def write_tensorflow(folder: Path, name: str, arrays: dict[str, np.ndarray]) -> list[Path]:
    """A TensorFlow checkpoint: names share their beginnings, as a table of LevelDB has them."""
    data, entries, key = b"", b"", b""
    for place, (called, array) in enumerate([("", None), *sorted(arrays.items())]):
        value = b"\x08\x01"
        if array is not None:
            raw = array.astype("<f4").tobytes()
            shape = b"".join(b"\x12" + number(len(size := b"\x08" + number(n))) + size for n in array.shape)
            value = (
                b"\x08\x01\x12" + number(len(shape)) + shape + b"\x20" + number(len(data)) + b"\x28" + number(len(raw))
            )
            value += b"\x35" + struct.pack("<I", 7)  # a checksum, which is not looked at
            data += raw
        full = called.encode()
        shared = (
            0 if place % 16 == 0 else next((i for i in range(len(full)) if full[: i + 1] != key[: i + 1]), len(full))
        )
        entries += number(shared) + number(len(full) - shared) + number(len(value)) + full[shared:] + value
        key = full

    def block(content: bytes) -> bytes:
        return content + struct.pack("<II", 0, 1) + b"\x00" + b"cksm"

    table = block(entries)
    handle = number(0) + number(len(table) - 5)
    index = block(number(0) + number(1) + number(len(handle)) + b"z" + handle)
    footer = (number(0) + number(0) + number(len(table)) + number(len(index) - 5)).ljust(40, b"\x00")
    paths = [folder / f"{name}.index", folder / f"{name}.data-00000-of-00001"]
    paths[0].write_bytes(table + index + footer + struct.pack("<Q", MAGIC))
    paths[1].write_bytes(data)
    return paths


def random_state(method: str) -> dict[str, np.ndarray]:
    torch.manual_seed(1)
    state = network_of(method).state_dict()
    return {name: x.numpy() for name, x in state.items() if "num_batches" not in name}


def as_tensorflow(state: dict[str, np.ndarray], scope: str = "model") -> dict[str, np.ndarray]:
    arrays = {"beta1_power": np.float32(0.5).reshape(())}
    for name, x in state.items():
        layer, part = name.rsplit(".", 1)
        called = f"{scope}/{layer}/{ {'weight': 'kernel', 'bias': 'bias'}[part] }"
        arrays[called] = x.transpose(2, 3, 1, 0) if part == "weight" else x
        arrays[f"{called}/Adam"] = np.zeros_like(arrays[called])
    return arrays


# --- formats ---


def test_a_tensorflow_checkpoint_is_read_without_tensorflow(tmp_path):
    arrays = {f"n{i:03}": np.full(200, i, np.float32) for i in range(40)}
    arrays["a/b/kernel"] = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    arrays |= {"a/b/bias": np.float32([1, 2]), "a/c": np.float32(3).reshape(())}
    read = read_tensorflow(write_tensorflow(tmp_path, "model.ckpt", arrays)[0])
    assert read.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "short data", "no data"])
def test_a_damaged_checkpoint_is_one_line(tmp_path, damage):
    index, data = write_tensorflow(tmp_path, "m.ckpt", {"a/w": np.ones(9, np.float32), "b/w": np.ones(3, np.float32)})
    raw = bytearray(index.read_bytes())
    if damage == "noise":
        raw = np.random.default_rng(0).integers(0, 256, 300, np.uint8).tobytes()
    index.write_bytes({"cut": raw[:-9], "empty": b""}.get(damage, raw))
    if damage == "short data":
        data.write_bytes(data.read_bytes()[:-8])
    if damage == "no data":
        data.unlink()
    with pytest.raises(FileError) as error:
        read_tensorflow(index)
    assert "\n" not in str(error.value) and "m.ckpt" in str(error.value)


def test_each_format_gives_the_same_network(tmp_path, kept):
    from scipy.io import savemat

    a, b = np.random.default_rng(0).random((2, 20, 24), dtype=np.float32)
    files = {}
    for method in ("densefuse", "u2fusion", "deepfuse_hli"):
        files[method] = write_tensorflow(tmp_path, method, as_tensorflow(random_state(method)))[:1]
    state = random_state("ifcnn")
    torch.save({name: torch.from_numpy(x) for name, x in state.items()}, tmp_path / "x.pth")
    files["ifcnn"] = [tmp_path / "x.pth"]
    wrapped = {
        n.replace(".0.", ".denseblock.0.").replace(".1.", ".denseblock.1."): x
        for n, x in random_state("nestfuse").items()
    }
    wrapped = {".conv2d.".join(name.rsplit(".", 1)): torch.from_numpy(x) for name, x in wrapped.items()}
    torch.save(wrapped, tmp_path / "y.model")
    files["nestfuse"] = [tmp_path / "y.model"]
    kernels = random_state("deepfuse").values()
    np.savez(tmp_path / "z.npz", *(x[:, :, ::-1, ::-1] for x in kernels))
    files["deepfuse"] = [tmp_path / "z.npz"]
    cnn = random_state("cnn_iv")
    cnn["output.bias"] = np.zeros(2, np.float32)  # which the authors' code does not add
    arrays = {}
    for layer, called in {"conv1": "b1_1", "conv2": "b1_2", "conv3": "b1_3", "output": "output"}.items():
        x = cnn[f"{layer}.weight"]
        arrays[f"weights_{called}"] = x.transpose(1, 3, 2, 0).reshape(x.shape[1], -1, x.shape[0])
        arrays[f"biases_{called}"] = cnn[f"{layer}.bias"][:, None]
    arrays["weights_b1_1"] = arrays["weights_b1_1"][0]
    savemat(tmp_path / "c.mat", arrays)
    files["cnn_iv"] = [tmp_path / "c.mat"]
    for method, paths in files.items():
        assert add_weights(method, paths, name="mine") == [kept / f"{method}-mine.safetensors"]
        expected = METHODS[method](a, b, weights=cnn if method == "cnn_iv" else random_state(method))
        np.testing.assert_allclose(METHODS[method](a, b, weights="mine"), expected, atol=1e-6, err_msg=method)
        assert METHODS[method].with_weights("mine")(a, b).shape == a.shape


def test_no_code_in_a_file_is_run(tmp_path, kept):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "run",))

    torch.save({"conv1.weight": Evil()}, tmp_path / "evil.pth")
    np.savez(tmp_path / "evil.npz", arr_0=np.array([Evil()], dtype=object))
    for method, name in (("ifcnn", "evil.pth"), ("deepfuse", "evil.npz")):
        with pytest.raises(FileError, match=f"{name}: not the weights of {method}"):
            add_weights(method, [tmp_path / name], name="mine")
    assert not (tmp_path / "run").exists() and not list(kept.glob("*"))


# --- checks ---


def test_the_sha256_says_which_weights_they_are(tmp_path, kept, monkeypatch):
    digests = {}
    for name in ("max", "sum"):
        state = {key: torch.from_numpy(x + (name == "sum")) for key, x in random_state("ifcnn").items()}
        torch.save(state, tmp_path / f"{name}.pth")
        digests[name] = sha256((tmp_path / f"{name}.pth").read_bytes()).hexdigest()
    sets = [
        Published("ifcnn", name, "who/what", "abc", (File(f"{name}.pth", x),), "MIT") for name, x in digests.items()
    ]
    monkeypatch.setattr(published, "PUBLISHED", tuple(sets))
    (tmp_path / "sum.pth").rename(tmp_path / "other.pth")  # the name does not count
    made = add_weights("ifcnn", [tmp_path / "other.pth", tmp_path / "max.pth"])
    assert made == [kept / "ifcnn-sum.safetensors", kept / "ifcnn-max.safetensors"]
    arrays, metadata = load(made[0])
    assert metadata["licence"] == "MIT" and metadata["files"] == {"other.pth": digests["sum"]}
    np.testing.assert_array_equal(arrays["conv4.bias"], random_state("ifcnn")["conv4.bias"] + 1)
    content = bytearray((tmp_path / "max.pth").read_bytes())
    content[-1] ^= 1
    (tmp_path / "max.pth").write_bytes(content)
    with pytest.raises(
        FileError, match=r"max\.pth: its sha256 \w{16}\.\.\. is not that of weights that the authors of"
    ):
        add_weights("ifcnn", [tmp_path / "max.pth"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("conv2_3.bias"), r"conv2_3\.bias is missing, but the network has \(16,\)"),
        (lambda state: state.update(more=np.ones(2, np.float32)), r"more is \(2,\), but the network has no such array"),
        (lambda state: state.update({"conv1_1.bias": np.ones(3, np.float32)}), r"conv1_1\.bias is \(3,\), but"),
        (lambda state: state.update({"conv1_1.bias": np.full(16, np.nan)}), r"conv1_1\.bias are not finite"),
    ],
)
def test_weights_of_another_network_are_refused(tmp_path, kept, change, message):
    state = random_state("densefuse")
    change(state)
    torch.save({name: torch.from_numpy(x) for name, x in state.items()}, tmp_path / "x.pth")
    with pytest.raises(ValueError, match=message):
        add_weights("densefuse", [tmp_path / "x.pth"], name="mine")
    assert not list(kept.glob("*"))


@pytest.mark.parametrize(
    ("method", "name", "content", "message"),
    [
        ("lp", "x.pth", b"", "lp takes no weights: those that do are densefuse, "),
        ("ifcnn", "x.txt", b"text", r"x\.txt: no file of weights: give one of \.index"),
        ("ifcnn", "x.pth", b"", r"x\.pth: not the weights of ifcnn"),
        ("ifcnn", "x.pth", b"PK\x03\x04 and more", r"x\.pth: not the weights of ifcnn"),
        ("deepfuse", "x.npz", b"PK\x03\x04 and more", r"x\.npz: not the weights of deepfuse"),
        ("cnn_iv", "x.mat", b"MATLAB, it says" * 20, r"x\.mat: not the weights of cnn_iv"),
        ("ifcnn", "x.safetensors", b"12", r"x\.safetensors: not a file of weights"),
        ("densefuse", "x.index", b"12", r"x\.index: x\.data-00000-of-00001 is not beside it"),
    ],
)
def test_what_is_no_weights_is_one_line(tmp_path, kept, method, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        add_weights(method, [tmp_path / name], name="mine")
    assert "\n" not in str(error.value) and not list(kept.glob("*"))


def test_names_and_files_that_cannot_be_meant(tmp_path):
    (tmp_path / "x.pth").write_bytes(b"")
    for name in ("../up", "a b", "max"):
        with pytest.raises(ValueError, match="give another one, of letters, digits"):
            add_weights("ifcnn", [tmp_path / "x.pth"], name=name)
    with pytest.raises(ValueError, match=r"absent\.pth: no such file: check the path"):
        add_weights("ifcnn", [tmp_path / "absent.pth"])
    with pytest.raises(ValueError, match="no file is given"):
        add_weights("ifcnn", [])


# --- missing weights ---


@pytest.mark.parametrize(
    ("method", "command"),
    [
        ("ifcnn", "get IFCNN-MAX.pth there, then `aefusion weights add ifcnn IFCNN-MAX.pth`"),
        ("ifcnn:sum", "`aefusion weights add ifcnn IFCNN-SUM.pth`"),
        ("cnn_mf:small", "`aefusion weights add cnn_iv cnnmodel.mat`"),
        ("u2fusion", "`aefusion weights add u2fusion model.ckpt.data-00000-of-00001 model.ckpt.index`"),
        ("fusiondn", "`aefusion weights add fusiondn FILES`"),
        ("aenet", "the weights of aenet were never published: train it, or give a file of weights"),
    ],
)
def test_a_method_without_weights_says_which_command_gets_them(method, command):
    with pytest.raises(ValueError) as error:
        Fuser(method=method)
    assert command in str(error.value) and "\n" not in str(error.value)


def test_the_small_network_serves_both(tmp_path):
    """CNN_MF takes the weights of CNN_IV where its own are not there."""
    from aefusion.weights import save

    a, b = np.random.default_rng(0).random((2, 40, 44), dtype=np.float32)
    state = random_state("cnn_iv")
    (tmp_path / "kept").mkdir()
    save(tmp_path / "kept" / "cnn_iv-published.safetensors", state, {})
    np.testing.assert_array_equal(METHODS["cnn_mf"](a, b), METHODS["cnn_mf"](a, b, weights=state))
    assert METHODS["cnn_iv"](a, b).shape == a.shape


def test_features_are_kept_too(tmp_path, kept):
    """Of a file of VGG-19 that which is needed."""
    from aefusion.transforms.pretrained_features import random_weights

    state = random_weights("VGG-19")
    torch.save(state | {"classifier.0.weight": torch.zeros(3)}, tmp_path / "vgg19.pth")
    with pytest.raises(FileError, match=r"its sha256 .* is not that of weights that the authors of vgg19 publish"):
        add_weights("vgg19", [tmp_path / "vgg19.pth"])
    path = add_weights("vgg19", [tmp_path / "vgg19.pth"], name="mine")[0]
    assert load(path)[0].keys() == state.keys()
    path.rename(kept / "vgg19-published.safetensors")
    a, b = np.random.default_rng(0).random((2, 20, 24), dtype=np.float32)
    np.testing.assert_array_equal(METHODS["fzl"](a, b), METHODS["fzl"](a, b, weights=state))


# --- command ---


def test_the_command_lists_and_adds(tmp_path, kept, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> tuple[int | str | None, str]:
        with pytest.raises(SystemExit) as ended:
            main(line.split())
        return ended.value.code, capsys.readouterr().out

    status, out = run("weights --json")
    rows = {(row["method"], row["name"]): row for row in json.loads(out)}
    assert status == 0 and rows["pmgi", "medical"]["installed"] and not rows["ifcnn", "max"]["installed"]
    assert rows["ifcnn", "max"]["files"][0]["sha256"].startswith("6022b44c88a2f036")
    assert "research" in rows["deepfuse", "published"]["licence"]
    torch.save({n: torch.from_numpy(x) for n, x in random_state("ifcnn").items()}, "x.pth")
    status, out = run("weights add ifcnn x.pth --name mine")
    assert status == 0 and out.strip() == str(kept / "ifcnn-mine.safetensors")
    status, out = run("weights ifcnn")
    assert status == 0 and "mine" in out and str(kept) in out and "IFCNN-MEAN.pth" in out
    status, out = run("methods --json")
    found = {row["name"]: row["weights"] for row in json.loads(out)}
    assert found["ifcnn"] == ["mine"] and found["lp"] is None and "medical" in found["pmgi"]
    assert run("weights lp")[0].startswith("aefusion: lp takes no weights")
    assert "--name" in run("weights add ifcnn x.pth")[0]


def test_the_folder_is_the_users_folder_of_data(monkeypatch):
    from platformdirs import user_data_path

    from aefusion.weights.installed import folder

    monkeypatch.delenv("AEFUSION_WEIGHTS")
    assert folder() == user_data_path("aefusion", appauthor=False) / "weights"
