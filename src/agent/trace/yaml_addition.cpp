#include "agent/trace/yaml_addition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace vc::agent {

namespace {

using Lines = std::vector<std::string>;

Lines split_lines(std::string_view text) {
  Lines out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_blank_or_comment(std::string_view line) {
  const std::string_view rest = line.substr(indentation(line));
  return rest.empty() || rest == "\r" || rest.starts_with('#') || rest.starts_with("---");
}

std::string quoted(std::string_view item) {
  std::string out = "\"";
  for (const char c : item) {
    out.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
  }
  return out + '"';
}

// What stands behind `key:` on its line, without a comment; nullopt when the line is another's.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
  std::string_view rest = line.substr(indentation(line));
  for (const std::string& form : {std::string(key), quoted(key), "'" + std::string(key) + "'"}) {
    if (rest.starts_with(form + ":")) {
      rest.remove_prefix(form.size() + 1);
      rest.remove_prefix(indentation(rest));
      if (rest.starts_with('#')) {
        return "";
      }
      while (rest.ends_with('\r') || rest.ends_with(' ')) {
        rest.remove_suffix(1);
      }
      return rest;
    }
  }
  return std::nullopt;
}

// Where the `]` of a one-line list stands, when only a comment follows it and nothing but the key
// is before it.
std::optional<std::size_t> end_of_list(std::string_view line, std::size_t open) {
  char quote = 0;
  for (std::size_t i = open + 1; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == '"' && c == '\\') {
      ++i;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ']') {
      return is_blank_or_comment(line.substr(i + 1)) ? std::optional(i) : std::nullopt;
    } else if (c == '[' || c == '{') {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

class YamlEdit {
 public:
  YamlEdit(std::string_view text, const YamlAddition& addition)
      : lines_(split_lines(text)), addition_(addition), end_(lines_.size()) {}

  std::optional<std::string> run() {
    for (std::size_t i = 0; i < addition_.keys.size(); ++i) {
      const auto line = find(addition_.keys[i]);
      if (!line) {
        insert_keys(i);
        break;
      }
      const std::string_view value = value_of(lines_[*line], addition_.keys[i]).value_or("");
      if (i + 1 == addition_.keys.size()) {
        if (!add_items(*line, value)) {
          return std::nullopt;
        }
      } else if (!value.empty()) {
        return std::nullopt;
      } else {
        enter(*line);
      }
    }
    return fmt::format("{}\n", fmt::join(lines_, "\n"));
  }

 private:
  // Among the keys of the block from begin_ to end_.
  std::optional<std::size_t> find(std::string_view key) {
    std::optional<std::size_t> indent;
    for (std::size_t i = begin_; i < end_; ++i) {
      if (is_blank_or_comment(lines_[i])) {
        continue;
      }
      indent = indent.value_or(indentation(lines_[i]));
      if (indentation(lines_[i]) == *indent && value_of(lines_[i], key)) {
        return i;
      }
    }
    indent_ = indent.value_or(indent_);
    return std::nullopt;
  }

  // One past the last line that belongs to the key of this line.
  std::size_t end_of_block(std::size_t line) const {
    const std::size_t indent = indentation(lines_[line]);
    std::size_t end = line + 1;
    for (std::size_t i = line + 1; i < end_; ++i) {
      if (is_blank_or_comment(lines_[i])) {
        continue;
      }
      const std::size_t here = indentation(lines_[i]);
      if (here < indent || (here == indent && lines_[i][here] != '-')) {
        break;
      }
      end = i + 1;
    }
    return end;
  }

  void enter(std::size_t line) {
    begin_ = line + 1;
    end_ = end_of_block(line);
    indent_ = indentation(lines_[line]) + 2;
  }

  void insert_keys(std::size_t first) {
    Lines added;
    std::size_t indent = indent_;
    for (std::size_t i = first; i < addition_.keys.size(); ++i, indent += 2) {
      added.push_back(fmt::format("{:{}}{}:", "", indent, addition_.keys[i]));
    }
    const auto add = [&](const std::string& item) {
      added.push_back(fmt::format("{:{}}- {}", "", indent, item));
    };
    for (const std::string& item : addition_.before) {
      add(quoted(item));
    }
    std::ranges::for_each(addition_.before_as_yaml, add);
    for (const std::string& item : addition_.items) {
      add(quoted(item));
    }
    while (end_ > begin_ && is_blank_or_comment(lines_[end_ - 1])) {
      --end_;
    }
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(end_), added.begin(), added.end());
  }

  bool add_items(std::size_t line, std::string_view value) {
    if (value.empty()) {
      return add_to_block(line);
    }
    const auto open = static_cast<std::size_t>(value.data() - lines_[line].data());
    const auto close = value.starts_with('[') ? end_of_list(lines_[line], open) : std::nullopt;
    if (!close) {
      return false;
    }
    const bool is_empty = lines_[line].find_first_not_of(' ', open + 1) == *close;
    std::string added;
    for (const std::string& item : addition_.items) {
      added += (is_empty && added.empty() ? "" : ", ") + quoted(item);
    }
    lines_[line].insert(*close, added);
    return true;
  }

  bool add_to_block(std::size_t line) {
    std::optional<std::size_t> last;
    for (std::size_t i = line + 1; i < end_of_block(line); ++i) {
      if (!is_blank_or_comment(lines_[i])) {
        last = i;
      }
    }
    if (!last || lines_[*last][indentation(lines_[*last])] != '-') {
      return false;
    }
    const std::size_t indent = indentation(lines_[*last]);
    for (const std::string& item : addition_.items) {
      lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(++*last),
                    fmt::format("{:{}}- {}", "", indent, quoted(item)));
    }
    return true;
  }

  Lines lines_;
  const YamlAddition& addition_;
  std::size_t begin_ = 0;
  std::size_t end_;
  std::size_t indent_ = 0;
};

}  // namespace

std::optional<std::string> add_to_yaml(std::string_view text, const YamlAddition& addition) {
  return YamlEdit(text, addition).run();
}

// Good for what add_to_yaml() does: lines are added or changed, never moved.
std::string line_difference(std::string_view before, std::string_view after) {
  constexpr std::size_t kAround = 2;
  const Lines old_lines = split_lines(before);
  const Lines new_lines = split_lines(after);
  std::vector<std::pair<char, std::string>> marked;
  std::size_t i = 0;
  for (std::size_t j = 0; j < new_lines.size(); ++j) {
    if (i < old_lines.size() && old_lines[i] == new_lines[j]) {
      marked.emplace_back(' ', old_lines[i++]);
      continue;
    }
    const auto rest = new_lines.begin() + static_cast<std::ptrdiff_t>(j);
    if (i < old_lines.size() && std::find(rest, new_lines.end(), old_lines[i]) == new_lines.end()) {
      marked.emplace_back('-', old_lines[i++]);
    }
    marked.emplace_back('+', new_lines[j]);
  }
  std::string out;
  std::size_t printed = 0;
  for (std::size_t line = 0; line < marked.size(); ++line) {
    const std::size_t from = line < kAround ? 0 : line - kAround;
    const std::size_t to = std::min(line + kAround + 1, marked.size());
    const bool is_near = std::any_of(marked.begin() + static_cast<std::ptrdiff_t>(from),
                                     marked.begin() + static_cast<std::ptrdiff_t>(to),
                                     [](const auto& each) { return each.first != ' '; });
    if (!is_near) {
      continue;
    }
    if (printed != line) {
      out += "  ...\n";
    }
    out += fmt::format("{} {}\n", marked[line].first, marked[line].second);
    printed = line + 1;
  }
  return out;
}

}  // namespace vc::agent
