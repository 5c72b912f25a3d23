// JSON as people write it in configuration files (RFC 8259, with comments and trailing commas), as
// the tree YamlReader reads: every value knows where it stands, and equal keys are all there.
#pragma once

#include "agent/config/yaml_document.hpp"

#include <expected>

namespace vc::agent {

inline constexpr std::size_t kJsonNestingMax = 32;

// Strings are quoted scalars; numbers, true and false are scalars that are not. Only the first
// mistake in the syntax is known. A leading byte order mark is skipped. At most kYamlNodesMax
// values.
std::expected<YamlDocument, Diagnostic> parse_json_document(const SourceText& source);

}  // namespace vc::agent
