// TomlFields: takes fields of the expected type out of a TOML file and keeps the first mistake.
#pragma once

#include "agent/native/toml_document.hpp"
#include "agent/workspace/package_globs.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent {

class TomlFields {
 public:
  explicit TomlFields(const SourceText& source) : source_(source) {}

  // "" and no items when `table` lacks the key; a value of another type is a mistake.
  std::string text(const TomlValue& table, std::string_view key);
  std::vector<PackagePattern> texts(const TomlValue& table, std::string_view key);
  // The package's name: usable in labels; "" when it is missing.
  std::string package_name(const TomlValue& table);
  // The table at `key`; an empty one when it is missing.
  const TomlValue& table(const TomlValue& parent, std::string_view key);

  void fail(const TomlValue& at, std::string message, std::string help = {});

  // `read`, or the first mistake that was found meanwhile.
  template <class Read>
  std::expected<Read, Diagnostic> checked(Read read) {
    if (error_) {
      return std::unexpected(*std::move(error_));
    }
    return read;
  }

 private:
  const SourceText& source_;
  std::optional<Diagnostic> error_;
  TomlValue nothing_;
};

}  // namespace vc::agent
