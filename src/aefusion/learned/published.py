"""The weights that the authors of the learned methods publish: where they are, what they may be used for."""

from dataclasses import dataclass
from typing import NamedTuple

RESEARCH = "for research purposes only"
NONE_STATED = "none stated"
TO_REPOSITORY = "https://github.com/"


class File(NamedTuple):
    """One published file."""

    path: str
    """In the repository."""
    sha256: str = ""
    """Or its beginning. Empty where no copy of the file was at hand; its arrays are checked anyway."""
    size: int = 0
    """Bytes."""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Published:
    """One set of weights of a method."""

    method: str
    name: str
    """What it is called in METHOD:NAME, and as the parameter ``weights``."""
    repository: str
    """Of GitHub, or the address of the file."""
    commit: str
    files: tuple[File, ...]
    licence: str
    same_as: str = ""
    """Another method whose weights these are: adding those is enough."""

    @property
    def source(self) -> str:
        """Where it is published, as an address."""
        if "://" in self.repository or not self.repository:
            return self.repository
        return f"{TO_REPOSITORY}{self.repository}" + (f"/tree/{self.commit}" if self.commit else "")


def _tensorflow(path: str, data: tuple[str, int], index: tuple[str, int]) -> tuple[File, ...]:
    return File(f"{path}.data-00000-of-00001", *data), File(f"{path}.index", *index)


def _pmgi(name: str, place: str, data: str, index: str) -> Published:
    files = _tensorflow(f"Code_PMGI/{place}", (data, 169_604), (index, 2_644))
    commit = "61a85e49a306f5e9cdb05479696ad7c66253f83d"
    return Published("pmgi", name, "HaoZhang1018/PMGI_AAAI2020", commit, files, "MIT, part of this package")


def _ifcnn(name: str, sha256: str, size: int) -> Published:
    file = File(f"Code/snapshots/IFCNN-{name.upper()}.pth", sha256, size)
    commit = "8fe59c2b1553e52acc793986208ca479d134a8da"
    return Published("ifcnn", name, "uzeful/IFCNN", commit, (file,), NONE_STATED)


_CNN = File(
    "methods/CNN/model/cnnmodel.mat", "f826e6739aa6cea943a1323642468760102fc735ff090cd83ab28d998ba76a20", 1_617_459
)
PUBLISHED = (
    Published(
        "densefuse", "published", "hli1221/imagefusion_densefuse", "f6571dfede56d312e23efe3b98460034c78fdf3b",
        _tensorflow(
            "models/densefuse_gray/densefuse_model_bs2_epoch4_all_weight_1e2.ckpt",
            ("f98c931b21b1977e348627457037cfa73211e882c1cec66cef0010134040aae6", 890_324),
            ("4fe80abfe63aa0feb62ee3230b8aff31a116d6d54a82bec55545baed76ebdcb8", 1_872),
        ), NONE_STATED,
    ),
    Published(
        "fusiongan", "published", "jiayi-ma/FusionGAN", "15e7ea1f",
        _tensorflow("checkpoint/CGAN_120/CGAN.model-3", ("", 5_305_616), ("", 0)), "MIT",
    ),
    _ifcnn("max", "6022b44c88a2f0367ba9b08fcdf0d663745d9a966fca0ee1f41867797b6ff53f", 337_094),
    _ifcnn("sum", "a8c1d293f1bf16a93e6244a4bf8f7a7bd300dc10555c8597ad7ef3320b0410cb", 337_107),
    _ifcnn("mean", "fd2ee9361f1d428fc9749e28e8a2c5c5ef6ce6528ab6f5ad8ef5def42e7ffa4b", 337_079),
    Published(
        "cnn_iv", "published", "xingchenzhang/VIFB", "22b2ea9d91499cc5962d9bdcae9c290270f0fade",
        (_CNN,), RESEARCH,
    ),
    Published(
        "cnn_mf", "published", "yuliu316316/CNN-Fusion", "90e6fa6a", (File("model/cnnmodel.mat"),), RESEARCH,
    ),
    Published(
        "cnn_mf", "small", "xingchenzhang/VIFB", "22b2ea9d91499cc5962d9bdcae9c290270f0fade",
        (_CNN,), RESEARCH, same_as="cnn_iv",
    ),
    Published(
        "deepfuse", "published", "KRamPrabhakar/DeepFuse", "31c226f807957a7c356391854c6d80586e872166",
        (
            File(
                "DF_model_Epoch99.npz", "dd6ad74ad6bb91ea083febf49a5ab2af888416e6a3a1ec4b7af07920fdd9b91a", 1_268_970
            ),
        ), RESEARCH,
    ),
    Published(
        "deepfuse_hli", "published", "hli1221/Imagefusion_deepfuse", "19dd3708",
        _tensorflow("models/deepfuse_models/deepfuse_model_bs2_epoch4_all.ckpt", ("", 225_812), ("", 1_229)),
        NONE_STATED,
    ),
    _pmgi(
        "ir_visible", "IR_VI/checkpoint/CGAN_120/CGAN.model-1",
        "005d29cd3fdbf3805369a8372ce3fb15190905db6aed7dee661880776b8cfccf",
        "043868b3410d237300f80d1d023192f01bd5fd3d7360c2832ffdeb90c01939ea",
    ),
    _pmgi(
        "multi_focus", "Multi-focus/checkpoint/CGAN_60/CGAN.model-1",
        "25ca20b23bede382dd161532049380105ce1532b2d22f3276f142003e5b16d99",
        "8a4d10df2e327028124024a3ff47571354108b71db8aff6c19db3b17711bb209",
    ),
    _pmgi(
        "multi_exposure", "Multi-exp/checkpoint/CGAN_120/CGAN.model-9",
        "f4593b9ebb63b832cb067512689504a8a0afbba3319f8926748f6ddba7cfd4f7",
        "ed373d296376e9b907d2a80c4bdd206946cf9c00b27e8ddb1e8109d16cfd002e",
    ),
    _pmgi(
        "medical", "Medical/checkpoint/CGAN_120/CGAN.model-29",
        "3e95eefac0b8b6e3aca4b91d1f79c76c1bc40ccff717d58e77e2107c5d698816",
        "26ee2784ffc0f1caea86b8705dd05380dae61f77f339839db2251a8380334d2c",
    ),
    Published(
        "fusiondn", "published", "hanna-xu/FusionDN", "947d1a97", (), f"{NONE_STATED}; on Baidu, see its README",
    ),
    Published(
        "nestfuse", "published", "hli1221/imagefusion-nestfuse", "a8ac170a", (File("models/nestfuse_1e2.model"),),
        NONE_STATED,
    ),
    Published(
        "u2fusion", "published", "hanna-xu/U2Fusion", "0a5882140df67b3e0b588e1f2233e18cf944f1a4",
        _tensorflow(
            "model/model.ckpt",
            ("e50cada8d4ec92f2577ad5db5d212fba521dffb35d04e00a20364b43512c64c8", 2_636_868),
            ("15b7d283a1de8f616cc42978346bd24d47a9c380d624370368b956beb593014e", 905),
        ), NONE_STATED,
    ),
    Published(
        "vgg19", "published", "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth", "",
        (File("vgg19-dcbb9e9d.pth", "dcbb9e9d"),), "BSD-3 (torchvision)",
    ),
    Published(
        "resnet50", "published", "https://download.pytorch.org/models/resnet50-0676ba61.pth", "",
        (File("resnet50-0676ba61.pth", "0676ba61"),), "BSD-3 (torchvision)",
    ),
    Published("saf", "published", "", "", (), "never published; the network here is a reconstruction"),
    Published("aenet", "published", "", "", (), "never published; the network here is a reconstruction"),
)  # fmt: skip
"""What each needs; the first set of a method is the one that it takes if none is named. VGG-19 and ResNet-50 are the
features of `fzl`, `dl` and `zca`."""


def sets_of(method: str) -> list[Published]:
    """The published sets of a method; empty if it is none of the learned ones."""
    return [one for one in PUBLISHED if one.method == method]
