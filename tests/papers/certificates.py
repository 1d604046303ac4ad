"""Every certificate besides licence and CMA, by kind."""

from __future__ import annotations

from collections.abc import Callable

from papers.agencies import hr_service, patent_agency, private_school
from papers.authorizations import approval, measurement_standard, metrology_authorization, special_equipment
from papers.calibrations import calibration
from papers.cnas import cnas
from papers.others import OTHER_TITLES, other
from papers.sheet import Paper
from papers.systems import management_system

MAKERS: dict[str, Callable[..., Paper]] = {
    "cnas_certificate": cnas,
    "certification_body_approval": approval,
    "metrology_authorization": metrology_authorization,
    "measurement_standard_certificate": measurement_standard,
    "special_equipment_licence": special_equipment,
    "patent_agency_licence": patent_agency,
    "hr_service_licence": hr_service,
    "private_school_licence": private_school,
    "management_system_certificate": management_system,
    "calibration_certificate": calibration,
    "other_certificate": other,
}
"""Kind → the function that draws it."""

__all__ = ["MAKERS", "OTHER_TITLES", *(maker.__name__ for maker in MAKERS.values())]
