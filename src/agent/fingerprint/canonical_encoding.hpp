// CanonicalEncoding: a list of ingredients as bytes, such that different lists are different bytes.
//
// Each ingredient is its kind (one byte), then name and value, each with its length in eight
// little-endian bytes before it. So no value can pretend to be two, whatever is in it.
// docs/fingerprint.md is the specification.
#pragma once

#include "agent/fingerprint.hpp"
#include "agent/fingerprint/input_table.hpp"
#include "core/digest.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

class CanonicalEncoding {
 public:
  void add(IngredientKind kind, std::string_view name, std::string_view value);

  void add(const Ingredient& ingredient) {
    add(ingredient.kind, ingredient.name, ingredient.value);
  }

  Digest digest() const { return sha256(bytes_); }

  const std::string& bytes() const { return bytes_; }

  void clear() { bytes_.clear(); }

 private:
  void add_text(std::string_view text);

  std::string bytes_;
};

// A file as the value of an ingredient: "file", "executable" or "link", a blank, and the digest in
// hexadecimal.
std::string described_file(const InputTable::Row& row);

}  // namespace vc::agent
