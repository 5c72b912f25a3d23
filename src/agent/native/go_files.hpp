// go.mod and go.work: what they say that concerns us (https://go.dev/ref/mod#go-mod-file,
// https://go.dev/ref/mod#workspaces).
#pragma once

#include "agent/source_text.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct GoReplacement {
  std::string module;
  std::string by;  // A folder when it begins with "./", "../" or '/'; else a module.
};

struct GoFolder {
  std::string path;  // As written, relative to go.work.
  SourcePosition at;
};

struct GoFile {
  std::string module;                     // Of go.mod.
  std::vector<std::string> requirements;  // Of go.mod, also those marked as indirect.
  std::vector<GoFolder> uses;             // Of go.work.
  std::vector<GoReplacement> replacements;
};

// Reads either file: directives that only one of them has are lists that stay empty. Those we do
// not know are passed over, as versions of Go to come may have them. `file` is what diagnostics
// call it.
std::expected<GoFile, Diagnostic> parse_go_file(std::string_view text, std::string_view file);

}  // namespace vc::agent
