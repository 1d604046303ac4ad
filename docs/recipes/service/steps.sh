cp src/qi_pipeline/admission/services.toml "$QI_HOME/services.toml"
cat docs/recipes/service/service.toml >> "$QI_HOME/services.toml"
