// XmlElement: an XML file as a plain tree; Expat stops here.
//
// Attributes, comments and namespace prefixes are left out. A document type declaration is an
// error: nothing we read has one, and its entities are how small files become large.
#pragma once

#include "agent/source_text.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::size_t kXmlDepthMax = 64;
inline constexpr std::size_t kXmlElementsMax = 200'000;

struct XmlElement {
  std::string name;
  std::string text;  // Its own, without that of its children and blanks around it.
  std::vector<XmlElement> children;
  std::size_t offset = 0;  // Of its first byte in the file.

  // The first child of the name; nullptr when there is none.
  const XmlElement* find(std::string_view child) const;
  // The text of the first child of the name; "" when there is none.
  std::string_view text_of(std::string_view child) const;
};

// The root element. One error (VC0201) with its position.
std::expected<XmlElement, Diagnostic> parse_xml(const SourceText& source);

}  // namespace vc::agent
