mkdir "$QI_HOME/templates"
cp src/qi_pipeline/reports/templates/letter_supplement.html "$QI_HOME/templates/"
sed -i 's|{% include "letter_items.html" %}|&\n<p>补正咨询电话：0510-00000000。</p>|' "$QI_HOME/templates/letter_supplement.html"
