// The schema of OpenSCENARIO XML 1.3 as a table (schema_classes.cpp), and the walk that holds a document against it:
// every name, cardinality, type, enumeration word, parameter and constraint, all defects in one pass, each with file,
// line, column, element path and the nearest known name. Catalogue entries are checked where they are referenced.
// Called by parse.cpp before the model is made. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "maps/xml.h"

namespace bitgoeul::scenarios::openscenario {

class Scopes;

struct SchemaAttribute {
  std::string_view name, type;  // type: one letter of schema_classes.cpp or the name of an enumeration
  bool required = false;
};
struct SchemaChild {
  struct Choice {
    std::string_view name, class_name;
    int since_minor = 0;
  };
  std::vector<Choice> choices;  // one of them
  int min = 1, max = 1;         // max < 0: any number
};
struct SchemaClass {
  std::string_view name;
  std::vector<SchemaAttribute> attributes;
  std::vector<SchemaChild> children;
};

std::span<const std::string_view> schema_class_lines();
std::span<const std::string_view> schema_enumeration_lines();
const std::vector<SchemaClass>& schema();  // ascending by name
const SchemaClass* find_class(std::string_view name);

// `element` as an instance of the class. Makes the scopes of parameters on the way.
void check_schema(Scopes& reader, const maps::XmlElement& element, std::string_view class_name);

}  // namespace bitgoeul::scenarios::openscenario
