#include "agent/config/yaml_tree_builder.hpp"

#include "agent/diagnostic_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

// Bytes from the opening quote to behind the closing one; nullopt when it is missing, which
// yaml-cpp accepts at the end of a file.
std::optional<std::size_t> quoted_width(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote) {
        return i + 1;
      }
      ++i;  // '' within single quotes is one quote.
    }
  }
  return std::nullopt;
}

}  // namespace

std::size_t YamlTreeBuilder::offset_of(const YAML::Mark& mark) const {
  // Mark::pos leaves out the byte order mark and, in some versions, every '\r'.
  const std::size_t line = mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line);
  const std::size_t column = mark.column < 0 ? 0 : static_cast<std::size_t>(mark.column);
  const std::size_t skipped = line == 0 && source_.text().starts_with("\xEF\xBB\xBF") ? 3 : 0;
  return std::min(source_.offset_of_line(line) + column + skipped, source_.text().size());
}

void YamlTreeBuilder::fail(int code, std::size_t offset, std::string message, std::string help) {
  if (!error_) {
    error_ = source_.error(code, source_.at_offset(offset), std::move(message), std::move(help));
  }
}

bool YamlTreeBuilder::reject_tag(const YAML::Mark& mark, const std::string& tag) {
  // "?" is a plain value, "!" a quoted one; the rest was written, most likely as an exclusion.
  if (tag.empty() || tag == "?" || tag == "!") {
    return false;
  }
  fail(codes::kYamlSyntax, offset_of(mark), "\"!\" begins a tag in YAML",
       "quote a pattern that begins with \"!\": \"!dist/**\"");
  return true;
}

std::uint32_t YamlTreeBuilder::add(YamlNode node, YAML::anchor_t anchor) {
  const auto id = static_cast<std::uint32_t>(document_.nodes_.size());
  document_.nodes_.push_back(std::move(node));
  if (anchor != YAML::NullAnchor) {
    anchors_[anchor] = id;
  }
  return id;
}

void YamlTreeBuilder::attach(std::uint32_t id) {
  const YamlNode& node = document_.nodes_[id];
  if (node.depth + open_.size() > kYamlNestingMax) {
    fail(codes::kTooComplex, node.offset,
         fmt::format("values are nested more than {} deep", kYamlNestingMax), "");
    return;
  }
  if (open_.empty()) {
    document_.root_ = id;
    has_root_ = true;
    return;
  }
  YamlNode& parent = document_.nodes_[open_.back()];
  parent.children.push_back(id);
  parent.size += node.size;
  parent.depth = std::max(parent.depth, node.depth + 1);
  if (parent.size > kYamlNodesMax) {
    fail(codes::kTooComplex, node.offset,
         fmt::format("more than {} values, with aliases written out", kYamlNodesMax), "");
  }
}

void YamlTreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (has_root_) {
    fail(codes::kYamlSyntax, offset_of(mark), "a second document begins here",
         "keep one document per file");
  }
}

void YamlTreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (!failed()) {
    attach(add({.kind = YamlNode::Kind::null, .offset = offset_of(mark)}, anchor));
  }
}

void YamlTreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (failed()) {
    return;
  }
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    fail(codes::kTooComplex, offset_of(mark), "an alias of the value that contains it", "");
    return;
  }
  attach(found->second);
}

void YamlTreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag,
                               YAML::anchor_t anchor, const std::string& value) {
  if (failed() || reject_tag(mark, tag)) {
    return;
  }
  YamlNode node{.kind = YamlNode::Kind::scalar,
                .quoted = tag == "!",
                .text = value,
                .offset = offset_of(mark)};
  const std::string_view rest = source_.text().substr(node.offset);
  std::string_view first_line = rest.substr(0, rest.find('\n'));
  node.width = first_line.size();
  if (!node.quoted) {
    node.width = std::min(node.width, value.size());
  } else if (rest.starts_with('"') || rest.starts_with('\'')) {
    const auto width = quoted_width(rest);
    if (!width) {
      fail(codes::kYamlSyntax, node.offset, "this quote is not closed",
           fmt::format("add the closing {}", rest.front()));
      return;
    }
    node.width = std::min(node.width, *width);
  }
  attach(add(std::move(node), anchor));
}

void YamlTreeBuilder::open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                           YAML::anchor_t anchor) {
  if (failed() || reject_tag(mark, tag)) {
    return;
  }
  const std::size_t offset = offset_of(mark);
  if (open_.size() >= kYamlNestingMax) {
    fail(codes::kTooComplex, offset,
         fmt::format("values are nested more than {} deep", kYamlNestingMax), "");
    return;
  }
  const std::uint32_t id = add({.kind = kind, .offset = offset}, YAML::NullAnchor);
  open_.push_back(id);
  open_anchors_.push_back(anchor);
}

void YamlTreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                      YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
  open(YamlNode::Kind::sequence, mark, tag, anchor);
}

void YamlTreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag,
                                 YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
  open(YamlNode::Kind::map, mark, tag, anchor);
}

void YamlTreeBuilder::close() {
  if (failed()) {
    return;
  }
  const std::uint32_t id = open_.back();
  // Only now: an alias inside the value it names would never end.
  if (const YAML::anchor_t anchor = open_anchors_.back(); anchor != YAML::NullAnchor) {
    anchors_[anchor] = id;
  }
  open_.pop_back();
  open_anchors_.pop_back();
  attach(id);
}

std::expected<YamlDocument, Diagnostic> YamlTreeBuilder::finish() && {
  if (error_) {
    return std::unexpected(*std::move(error_));
  }
  if (!has_root_) {
    document_.root_ = add({.kind = YamlNode::Kind::null}, YAML::NullAnchor);
  }
  return std::move(document_);
}

}  // namespace vc::agent
