#include "replay/import/value.h"

namespace bitgoeul::replay::import {

const Value& Value::operator[](std::string_view name) const {
  static const Value kEmpty;
  if (names == nullptr) return kEmpty;
  for (std::size_t i = 0; i < items.size() && i < names->size(); ++i)
    if ((*names)[i] == name) return items[i];
  return kEmpty;
}

const Value& Value::at(std::string_view path) const {
  const Value* value = this;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    value = &(*value)[path.substr(0, dot)];
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return *value;
}

}  // namespace bitgoeul::replay::import
