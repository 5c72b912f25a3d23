#include "agent/fingerprint/canonical_encoding.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdint>

namespace vc::agent {

void CanonicalEncoding::add(IngredientKind kind, std::string_view name, std::string_view value) {
  bytes_.push_back(static_cast<char>(kind));
  add_text(name);
  add_text(value);
}

void CanonicalEncoding::add_text(std::string_view text) {
  std::array<char, 8> length{};
  std::uint64_t rest = text.size();
  for (char& byte : length) {
    byte = static_cast<char>(rest & 0xff);
    rest >>= 8;
  }
  bytes_.append(length.data(), length.size());
  bytes_ += text;
}

namespace {

// The owner's bit alone, as git: the others depend on who checked out.
std::string_view kind_of(const InputTable::Row& row) {
  if (S_ISLNK(row.stamp.mode)) {
    return "link";
  }
  return (row.stamp.mode & S_IXUSR) != 0 ? "executable" : "file";
}

}  // namespace

std::string described_file(const InputTable::Row& row) {
  return std::string(kind_of(row)) + " " + row.digest.hex();
}

}  // namespace vc::agent
