// YamlDocument: one YAML file as a tree of values that know where they stand. yaml-cpp stops here.
//
// The tree is read from yaml-cpp's events, not from its Node, which silently drops what it cannot
// show: the second of two equal keys, quotes, tags. Anchors and aliases work, but the file they
// stand for may not be larger or deeper than a written one (no "billion laughs").
#pragma once

#include "agent/source_text.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

inline constexpr std::size_t kYamlNestingMax = 16;
inline constexpr std::size_t kYamlNodesMax = 100'000;  // With every alias written out.

struct YamlNode {
  enum class Kind { null, scalar, sequence, map };

  Kind kind = Kind::null;
  bool quoted = false;  // `"true"` is a text, `true` may be a boolean.
  std::string text;     // scalar only.
  // Of a sequence its items; of a map key, value, key, value. Indices into the document.
  std::vector<std::uint32_t> children;
  std::size_t offset = 0;  // In bytes; where the value begins.
  std::size_t width = 1;   // In bytes; to the end of the value or of its first line.
  std::size_t size = 1;    // Nodes with all below, aliases written out.
  std::size_t depth = 1;
};

class YamlDocument {
 public:
  // Only the first mistake in the syntax is known: what follows it cannot be read. An empty file is
  // a null document.
  static std::expected<YamlDocument, Diagnostic> parse(const SourceText& source);

  const YamlNode& root() const { return nodes_[root_]; }

  const YamlNode& node(std::uint32_t id) const { return nodes_[id]; }

 private:
  friend class YamlTreeBuilder;
  friend class JsonTreeBuilder;
  std::vector<YamlNode> nodes_;
  std::uint32_t root_ = 0;
};

// Bytes that are no UTF-8, and control characters other than tabs and ends of lines.
std::optional<Diagnostic> encoding_error(const SourceText& source);

}  // namespace vc::agent
