"""The structure of an OFD package (版式文档): documents, pages, templates, resources, annotations, signatures' places.

GB/T 33190-2016, chapter 7. Paths in a part are relative to that part, or to the package with a leading slash; some
producers write them relative to the document's folder instead, so that is tried too.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from qi_pipeline.errors import PacketError
from qi_pipeline.reading.ofd_objects import Resources, box_of, children, first
from qi_pipeline.reading.xml_package import Element, XmlPackage, local_name

A4_MM = (0.0, 0.0, 210.0, 297.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePart:
    """One page as the package stores it."""

    identity: str
    """The page's ``ID``, to which annotations and stamps refer."""
    box: tuple[float, float, float, float]
    """``x y width height`` of the physical page in millimetres."""
    below: tuple[Element, ...]
    """Contents painted in order: background templates, the page, foreground templates, annotations."""
    appearances: tuple[Element, ...]
    """Visible appearances of annotations (注释)."""
    resources: Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPart:
    """One document body (文档) of the package."""

    root: str
    """Part name of Document.xml."""
    pages: tuple[PagePart, ...]
    signatures: str | None
    """Part name of Signatures.xml, where there is one."""


def read_documents(package: XmlPackage, most_pages: int) -> Iterator[DocumentPart]:
    """Every document of the package; raises ``corrupt``, ``encrypted`` or ``too_many_pages``."""
    if not package.has("OFD.xml"):
        raise PacketError("corrupt", "OFD.xml is missing: no OFD file, or a damaged one")
    entry = package.xml("OFD.xml")
    locked = any(local_name(element).startswith("Encrypt") for element in entry.iter() if isinstance(element.tag, str))
    pages = 0
    for body in children(entry, "DocBody"):
        root = _text(first(body, "DocRoot"))
        if root is None or not package.has(root):
            if locked:
                raise PacketError("encrypted", "the OFD file is encrypted; hand it in without protection")
            raise PacketError("corrupt", "the document named in OFD.xml is missing; export the file again")
        root = root.lstrip("/")
        parts = tuple(_pages(package, root, most_pages - pages))
        pages += len(parts)
        signatures = _text(first(body, "Signatures"))
        where = resolve(package, "OFD.xml", signatures) if signatures else None
        yield DocumentPart(root=root, pages=parts, signatures=where)


def resolve(package: XmlPackage, part: str, location: str | None, base: str = "") -> str | None:
    """The part name that ``location`` written in ``part`` means, or None when there is no such part."""
    if not location:
        return None
    location = location.strip().replace("\\", "/")
    folder = posixpath.dirname(part)
    tries = [location.lstrip("/")] if location.startswith("/") else []
    tries += [posixpath.join(folder, base, location), posixpath.join(folder, location), location]
    for name in tries:
        clean = posixpath.normpath(name)
        if not clean.startswith("../") and package.has(clean):
            return clean
    return None


def _pages(package: XmlPackage, root: str, most_pages: int) -> Iterator[PagePart]:
    document = package.xml(root)
    common = first(document, "CommonData")
    resources = Resources(fonts={}, media={}, draw_params={}, composites={})
    templates: dict[str, tuple[str, str]] = {}
    default_box = A4_MM
    if common is not None:
        for name in ("PublicRes", "DocumentRes"):
            for element in children(common, name):
                resources = _with_resources(package, resolve(package, root, _text(element)), resources)
        for element in children(common, "TemplatePage"):
            where = resolve(package, root, element.get("BaseLoc"))
            if where is not None:
                templates[element.get("ID") or ""] = (where, element.get("ZOrder") or "Background")
        default_box = _area(first(common, "PageArea")) or default_box
    annotations = _annotations(package, root, document)
    listed = first(document, "Pages")
    entries = [] if listed is None else list(children(listed, "Page"))
    if len(entries) > most_pages:
        raise PacketError("too_many_pages", f"{len(entries)} pages are more than is allowed")
    for entry in entries:
        where = resolve(package, root, entry.get("BaseLoc"))
        if where is None:
            raise PacketError("corrupt", f"the page {entry.get('BaseLoc')} is missing; export the file again")
        yield _page(package, where, entry.get("ID") or "", resources, templates, default_box, annotations)


def _page(
    package: XmlPackage,
    where: str,
    identity: str,
    resources: Resources,
    templates: dict[str, tuple[str, str]],
    default_box: tuple[float, float, float, float],
    annotations: dict[str, list[Element]],
) -> PagePart:
    page = package.xml(where)
    resources = _with_page_resources(package, where, page, resources)
    below: list[Element] = []
    above: list[Element] = []
    for use in children(page, "Template"):
        template = templates.get(use.get("TemplateID") or "")
        if template is None:
            continue
        element = package.xml(template[0])
        resources = _with_page_resources(package, template[0], element, resources)
        content = first(element, "Content")
        if content is not None:
            (above if (use.get("ZOrder") or template[1]) == "Foreground" else below).append(content)
    own = first(page, "Content")
    layers = below + ([] if own is None else [own]) + above
    box = _area(first(page, "Area")) or default_box
    return PagePart(
        identity=identity,
        box=box,
        below=tuple(layers),
        appearances=tuple(annotations.get(identity, ())),
        resources=resources,
    )


def _with_page_resources(package: XmlPackage, where: str, page: Element, known: Resources) -> Resources:
    for element in children(page, "PageRes"):
        known = _with_resources(package, resolve(package, where, _text(element)), known)
    return known


def _with_resources(package: XmlPackage, where: str | None, known: Resources) -> Resources:
    """``known`` and what the resource part adds; a missing part adds nothing (its objects then stay undrawn)."""
    if where is None:
        return known
    root = package.xml(where)
    base = root.get("BaseLoc") or ""
    fonts, media = dict(known.fonts), dict(known.media)
    params, composites = dict(known.draw_params), dict(known.composites)
    for element in root.iter():
        name, identity = local_name(element), element.get("ID") or ""
        if name == "Font":
            fonts[identity] = element.get("FontName") or element.get("FamilyName") or ""
        elif name == "MultiMedia":
            file = resolve(package, where, _text(first(element, "MediaFile")), base)
            if file is not None:
                media[identity] = file
        elif name == "DrawParam":
            params[identity] = element
        elif name == "CompositeGraphicUnit":
            composites[identity] = element
    return Resources(fonts=fonts, media=media, draw_params=params, composites=composites)


def _annotations(package: XmlPackage, root: str, document: Element) -> dict[str, list[Element]]:
    """Visible appearances by page number of the document."""
    found: dict[str, list[Element]] = {}
    where = resolve(package, root, _text(first(document, "Annotations")))
    if where is None:
        return found
    for page in children(package.xml(where), "Page"):
        part = resolve(package, where, _text(first(page, "FileLoc")))
        if part is None:
            continue
        for annotation in children(package.xml(part), "Annot"):
            appearance = first(annotation, "Appearance")
            if appearance is not None and (annotation.get("Visible") or "true").lower() != "false":
                found.setdefault(page.get("PageID") or "", []).append(appearance)
    return found


def _area(area: Element | None) -> tuple[float, float, float, float] | None:
    if area is None:
        return None
    box = box_of(_text(first(area, "PhysicalBox")))
    return box if box is not None and box[2] > 0 and box[3] > 0 else None


def _text(element: Element | None) -> str | None:
    text = None if element is None else (element.text or "").strip()
    return text or None
