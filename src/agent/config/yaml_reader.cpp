#include "agent/config/yaml_reader.hpp"

#include "agent/diagnostic_codes.hpp"
#include "core/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>

namespace vc::agent {

namespace {

std::string_view kind_of(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return "";
}

}  // namespace

void YamlReader::error(int code, SourcePosition at, std::string message, std::string help) {
  ++errors_;
  if (errors_ <= kErrorsMax) {
    found_.push_back(source_.error(code, std::move(at), std::move(message), std::move(help)));
  } else if (errors_ == kErrorsMax + 1) {
    found_.push_back(
        source_.error(codes::kTooComplex, std::move(at),
                      fmt::format("more than {} errors; the rest is not shown", kErrorsMax)));
  }
}

void YamlReader::warning(int code, SourcePosition at, std::string message, std::string help) {
  found_.push_back(source_.warning(code, std::move(at), std::move(message), std::move(help)));
}

SourcePosition YamlReader::position(const YamlNode& node) const {
  return source_.at_offset(node.offset, node.width);
}

SourcePosition YamlReader::position(const YamlEntry& entry) const {
  // yaml-cpp places a value that was left out at whatever comes next.
  return position(entry.value->kind == YamlNode::Kind::null ? *entry.key_node : *entry.value);
}

void YamlReader::wrong_type(const YamlEntry& entry, std::string_view wanted, std::string help) {
  error(codes::kWrongType, position(entry),
        fmt::format("\"{}\" must be {}, not {}", entry.key, wanted, kind_of(*entry.value)),
        std::move(help));
}

std::vector<YamlEntry> YamlReader::map(const YamlNode& node, std::string_view what) {
  std::vector<YamlEntry> entries;
  if (node.kind != YamlNode::Kind::map) {
    error(codes::kWrongType, position(node),
          fmt::format("{} must be a map of keys and values, not {}", what, kind_of(node)));
    return entries;
  }
  std::map<std::string, SourcePosition, std::less<>> first_positions;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const YamlNode& key = document_.node(node.children[i]);
    if (key.kind != YamlNode::Kind::scalar) {
      error(codes::kWrongType, position(key),
            fmt::format("a key must be a text, not {}", kind_of(key)));
      continue;
    }
    const auto [first, is_new] = first_positions.emplace(key.text, position(key));
    if (!is_new) {
      error(codes::kDuplicateKey, position(key), fmt::format("duplicate key \"{}\"", key.text),
            fmt::format("it is also on line {}; keep one of the two", first->second.line));
      continue;
    }
    entries.push_back(
        {.key = key.text, .key_node = &key, .value = &document_.node(node.children[i + 1])});
  }
  return entries;
}

std::vector<YamlEntry> YamlReader::map(const YamlEntry& entry) {
  if (entry.value->kind != YamlNode::Kind::map) {
    wrong_type(entry, "a map of keys and values");
    return {};
  }
  return map(*entry.value, entry.key);
}

std::optional<std::string> YamlReader::text(const YamlEntry& entry) {
  if (entry.value->kind != YamlNode::Kind::scalar) {
    wrong_type(entry, "a text");
    return std::nullopt;
  }
  return entry.value->text;
}

std::optional<bool> YamlReader::boolean(const YamlEntry& entry) {
  const YamlNode& value = *entry.value;
  if (value.kind == YamlNode::Kind::scalar && !value.quoted) {
    if (value.text == "true") {
      return true;
    }
    if (value.text == "false") {
      return false;
    }
  }
  error(codes::kWrongType, position(entry), fmt::format("\"{}\" must be true or false", entry.key),
        value.quoted ? "remove the quotes" : "");
  return std::nullopt;
}

std::optional<std::vector<YamlText>> YamlReader::texts(const YamlEntry& entry) {
  const YamlNode& list = *entry.value;
  if (list.kind != YamlNode::Kind::sequence) {
    std::string help;
    if (list.kind == YamlNode::Kind::scalar) {
      help = fmt::format("write a list: {}: [\"{}\"]", entry.key, list.text);
    } else if (list.kind == YamlNode::Kind::null) {
      help = fmt::format("for an empty list write {}: []", entry.key);
    }
    wrong_type(entry, "a list", std::move(help));
    return std::nullopt;
  }
  std::vector<YamlText> texts;
  for (const std::uint32_t id : list.children) {
    const YamlNode& item = document_.node(id);
    if (item.kind == YamlNode::Kind::scalar) {
      texts.push_back({.text = item.text, .at = position(item)});
      continue;
    }
    const bool is_null = item.kind == YamlNode::Kind::null;
    error(codes::kWrongType, is_null ? position(*entry.key_node) : position(item),
          fmt::format("an item of \"{}\" must be a text, not {}", entry.key, kind_of(item)),
          item.kind == YamlNode::Kind::map ? "quote texts that contain \": \" or begin with \"{\""
                                           : "");
  }
  return texts;
}

std::optional<std::vector<std::string>> YamlReader::names(const YamlEntry& entry,
                                                          bool (*is_valid)(std::string_view),
                                                          std::string_view what) {
  auto items = texts(entry);
  if (!items) {
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (YamlText& item : *items) {
    if (is_valid(item.text)) {
      names.push_back(std::move(item.text));
    } else {
      error(codes::kBadValue, item.at, fmt::format("\"{}\" is not {}", item.text, what));
    }
  }
  return names;
}

void YamlReader::unknown_key(const YamlEntry& entry, std::span<const std::string_view> known) {
  const std::vector<std::string> candidates(known.begin(), known.end());
  std::string help;
  if (entry.key == "<<") {
    help = "merge keys are not part of YAML 1.2; alias each value that is shared";
  } else if (const auto closest = closest_word(entry.key, candidates)) {
    help = fmt::format("did you mean \"{}\"?", *closest);
  } else {
    help = fmt::format("known keys: {}", fmt::join(candidates, ", "));
  }
  error(codes::kUnknownKey, key_position(entry), fmt::format("unknown key \"{}\"", entry.key),
        std::move(help));
}

}  // namespace vc::agent
