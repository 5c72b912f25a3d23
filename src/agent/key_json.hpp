// The key of a task in JSON: 64 hexadecimal digits, or null while nobody knows it.
#pragma once

#include "core/digest.hpp"
#include "wire/json_writer.hpp"

namespace vc::agent {

inline void write_key(wire::JsonWriter& json, const Digest& key) {
  if (key == Digest()) {
    json.name("key");
    json.raw("null");
    return;
  }
  json.member("key", key.hex());
}

}  // namespace vc::agent
