"""Packets as institutions hand them in: the form and its files, as facts, as readings, or as real files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from papers import age, certificates, cma, form, invent, letter, licence, pdf, supporting, words
from papers.form import Application
from papers.invent import Institution
from papers.sheet import Paper
from qi_pipeline.admission.facts import CreditEntry, CreditSnapshot
from qi_pipeline.model import Appearance, Document, FileFailure, FileReading


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: its form and its files."""

    body: Institution
    application: Application | None
    files: dict[str, list[Paper]]
    """File name → the papers it holds, one after the other."""
    lists: tuple[str, ...] = ()
    """Credit lists that are loaded."""
    entries: tuple[CreditEntry, ...] = ()
    broken: dict[str, bytes] = field(default_factory=dict)
    """Files that can't be read, by name."""
    appearance: dict[str, Appearance] = field(default_factory=dict)
    """How the copies look where not in colour, by file name."""
    doubtful: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields that are read without certainty, by file name."""

    # -- facts for tests without pixels --------------------------------------------------------------------------

    @property
    def application_bytes(self) -> bytes | None:
        """The bytes of application.json, where the packet has one."""
        return None if self.application is None else json.dumps(self.application.as_json(), ensure_ascii=False).encode()

    @property
    def credit(self) -> CreditSnapshot:
        """The loaded lists as far as they concern the institution."""
        return CreditSnapshot(loaded=self.lists, entries=self.entries)  # type: ignore[arg-type]

    @property
    def failures(self) -> tuple[FileFailure, ...]:
        """What intake and reading would report of the broken files."""
        return tuple(FileFailure(file=name, code="corrupt", message="the file can't be read") for name in self.broken)

    def documents(self) -> list[Document]:
        """The documents that perfect extraction finds."""
        found = []
        for name, papers in self.files.items():
            at = 1
            for paper in papers:
                found.append(
                    words.document(
                        paper,
                        name,
                        first_page=at,
                        appearance=self.appearance.get(name, "colour"),
                        doubtful=self.doubtful.get(name, ()),
                    )
                )
                at += len(paper.sheets)
        return found

    def readings(self, noise: words.Noise = words.EXACT) -> list[FileReading]:
        """The readings of every file."""
        return [
            words.reading(papers, name, noise=noise, appearance=self.appearance.get(name, "colour"))
            for name, papers in self.files.items()
        ]

    # -- the same packet otherwise --------------------------------------------------------------------------------

    def but(self, **changes: object) -> Packet:
        """The packet with some parts changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def without(self, name: str) -> Packet:
        """The packet without one file."""
        return replace(self, files={key: value for key, value in self.files.items() if key != name})

    def having(self, name: str, *papers: Paper) -> Packet:
        """The packet with one file added or replaced."""
        return replace(self, files=self.files | {name: list(papers)})

    # -- files ----------------------------------------------------------------------------------------------------

    def members(self, how: str | Mapping[str, str] = "scan200", seed: int = 0) -> dict[str, bytes]:
        """File name → bytes. ``how``: a degradation of :mod:`papers.age`, or "digital", for all or by file name."""
        made: dict[str, bytes] = {}
        if self.application is not None:
            made["application.json"] = json.dumps(self.application.as_json(), ensure_ascii=False, indent=1).encode()
        for n, (name, papers) in enumerate(self.files.items()):
            way = how if isinstance(how, str) else how.get(name, how.get("*", "scan200"))
            made[name] = file_bytes(name, papers, way, seed * 31 + n)
        return made | self.broken

    def write_folder(self, folder: Path, how: str | Mapping[str, str] = "scan200", seed: int = 0) -> Path:
        """Writes the packet as a folder."""
        folder.mkdir(parents=True)
        for name, data in self.members(how, seed).items():
            (folder / name).write_bytes(data)
        return folder

    def write_zip(
        self,
        path: Path,
        how: str | Mapping[str, str] = "scan200",
        seed: int = 0,
        *,
        encoding: str = "utf-8",
        top: str = "",
    ) -> Path:
        """Writes the packet as a zip; ``encoding`` "gbk" writes names without the UTF-8 flag, as Windows does."""
        zip_bytes(path, {top + name: data for name, data in self.members(how, seed).items()}, encoding=encoding)
        return path

    def write_pdf(self, path: Path, how: str = "scan200", seed: int = 0) -> Path:
        """Writes every page of the packet as one PDF (the form as a scanned form)."""
        papers = [paper for held in self.files.values() for paper in held]
        if self.application is not None:
            papers.insert(0, form.form(self.application, seed=seed))
        path.write_bytes(file_bytes(path.name, papers, how, seed))
        return path


def file_bytes(name: str, papers: list[Paper], how: str, seed: int = 0) -> bytes:
    """The bytes of one file that holds these papers."""
    ending = name.rpartition(".")[2].lower()
    sheets = [sheet for paper in papers for sheet in paper.sheets]
    if how == "digital":
        return pdf.digital(sheets)
    pages = [age.aged(sheet, how, seed * 100 + n) for n, sheet in enumerate(sheets)]
    if ending == "pdf":
        return pdf.scanned(pages)
    if ending in ("tif", "tiff"):
        return _tiff(pages)
    if len(pages) > 1:
        raise ValueError(f"{name}: {len(pages)} pages do not fit one picture")
    return pages[0].png() if ending == "png" or pages[0].image.mode == "1" else pages[0].jpeg()


def _tiff(pages: list[age.Aged]) -> bytes:
    out = io.BytesIO()
    first, *rest = [page.image for page in pages]
    packing = "group4" if all(page.image.mode == "1" for page in pages) else "tiff_lzw"
    first.save(out, "TIFF", save_all=True, append_images=rest, compression=packing, dpi=(pages[0].dpi,) * 2)
    return out.getvalue()


def zip_bytes(path: Path, members: Mapping[str, bytes], *, encoding: str = "utf-8") -> None:
    """Writes a zip with fixed times; with "gbk" the names are GBK bytes and the UTF-8 flag is off."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            info = (
                _GbkInfo(name, (2026, 11, 20, 10, 12, 0))
                if encoding == "gbk"
                else zipfile.ZipInfo(name, (2026, 11, 20, 10, 12, 0))
            )
            info.compress_type = zipfile.ZIP_STORED if name.endswith((".jpg", ".pdf")) else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)


class _GbkInfo(zipfile.ZipInfo):
    """A member whose name is written in GBK, as Chinese Windows' own zip does."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


# -- good packets -------------------------------------------------------------------------------------------------

LICENCE, LETTER, RULES, PROOF, CREDIT = "营业执照.jpg", "承诺书.pdf", "管理制度.pdf", "能力证明.jpg", "信用报告.pdf"
QUALIFICATION, STATEMENT = "资质证书.pdf", "设备说明.jpg"


def qualification(body: Institution, item: str, *, seed: int = 0, **options: object) -> Paper | None:
    """The certificate that a service item requires (contract, section 3), or None."""
    makers: dict[str, Callable[..., Paper]] = {
        "testing": cma.certificate,
        "special_equipment_inspection": certificates.special_equipment,
        "verification": certificates.metrology_authorization,
        "certification": certificates.approval,
        "patent_agency": certificates.patent_agency,
        "schooling": certificates.private_school,
        "job_placement": certificates.hr_service,
    }
    return makers[item](body, seed=seed, **options) if item in makers else None


def good_packet(
    category: str = "inspection_testing",
    *,
    item: str | None = None,
    seed: int = 1,
    entity: str = "company",
    scanned_form: bool = False,
    licence_options: Mapping[str, object] | None = None,
    qualification_options: Mapping[str, object] | None = None,
    letter_options: Mapping[str, object] | None = None,
    **form_changes: object,
) -> Packet:
    """A packet that deserves admission."""
    body = invent.institution(seed, category=category, entity=entity)
    item = item or form.ITEM_OF_CATEGORY[category]
    if item == "schooling":
        body = body.but(scope=body.scope.replace("业务培训", "职业技能培训；业务培训", 1))
    if item == "special_equipment_inspection":
        body = body.but(scope=body.scope.replace("检验检测服务；", "检验检测服务；特种设备检验检测；", 1))
    application = form.application(body, item=item, seed=seed, **form_changes)
    files: dict[str, list[Paper]] = {}
    kind = {
        "public": "public_institution_certificate",
        "private_nonenterprise": "private_nonenterprise_certificate",
        "social": "social_organization_certificate",
    }.get(entity)
    files[LICENCE] = [
        licence.legal_person(kind, body, seed=seed)
        if kind
        else licence.licence(body, seed=seed, **(licence_options or {}))
    ]
    paper = qualification(body, item, seed=seed, **(qualification_options or {}))
    if paper is not None:
        files[QUALIFICATION] = [paper]
    files[LETTER] = [letter.letter(body, seed=seed, **(letter_options or {}))]
    files[RULES] = [supporting.rules(body, seed=seed)]
    files[CREDIT] = [supporting.credit_report(body, seed=seed)]
    if category == "shared_laboratory":
        for n, tool in enumerate(application.equipment, 1):
            files[f"校准证书{n}.pdf"] = [
                certificates.calibration(
                    body,
                    name=tool.name,
                    model=tool.model,
                    serial=tool.serial,
                    seed=seed + n,
                    calibrated_on=date(2026, 4, 8),
                )
            ]
        files[STATEMENT] = [supporting.equipment_statement(body, application.equipment, seed=seed)]
    else:
        files[PROOF] = [supporting.capability(body, seed=seed)]
    if scanned_form:
        return Packet(body, None, {"入驻申请表.pdf": [form.form(application, seed=seed)]} | files)
    return Packet(body, application, files)
