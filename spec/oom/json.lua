local value = leat.json.decode '{"a":[1,2.5,"\\u00e9",null,true],"b":{"c":-0.0}}'
return leat.json.encode(value) .. leat.json.encode(leat.array {})
