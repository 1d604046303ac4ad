cp docs/recipes/kind/surveying_certificate.py extractors/
sed -i 's/^    "other_certificate": "其他证书",/    "surveying_certificate": "测绘资质证书",\n&/' src/qi_pipeline/kinds.py
sed -i 's/^    "other_certificate": "certificate",/    "surveying_certificate": "surveying certificate",\n&/' src/qi_pipeline/admission/wording.py
sed -i 's/^        "other_certificate",/        "surveying_certificate",\n&/' src/qi_pipeline/admission/papers.py
sed -i 's/^\( *\)"other_certificate",/\1"surveying_certificate",\n&/' schemas/*.json
sed -i '/^ *"测绘资质证书",$/d' extractors/other_certificate.py
