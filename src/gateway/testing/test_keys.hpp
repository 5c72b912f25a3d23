// Keys for tests: which one does not matter, only that equal names give equal keys.
#pragma once

#include "core/digest.hpp"
#include "wire/object_key.hpp"

#include <string>
#include <string_view>

namespace vc::gateway {

inline wire::ObjectKey key_of(std::string_view name) {
  return wire::ObjectKey::native(wire::Scope::parse("default").value(), sha256(name));
}

inline wire::ObjectKey key_of(int number) {
  return key_of(std::to_string(number));
}

}  // namespace vc::gateway
