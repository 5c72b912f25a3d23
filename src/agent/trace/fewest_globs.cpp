#include "agent/output_path.hpp"
#include "agent/trace/proposal.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace vc::agent {

namespace {

constexpr std::size_t kGroupMin = 3;

// The name as a pattern. Bytes that a report shows as \xNN become `?`.
std::string escaped_for_glob(std::string_view path) {
  std::string out = path.starts_with('!') ? "\\" : "";
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool is_byte = path.substr(i).starts_with("\\x") && i + 3 < path.size() &&
                         std::isxdigit(static_cast<unsigned char>(path[i + 2])) != 0 &&
                         std::isxdigit(static_cast<unsigned char>(path[i + 3])) != 0;
    if (is_byte) {
      out += '?';
      i += 3;
    } else {
      out.append(std::string_view("*?[{\\").contains(path[i]) ? "\\" : "").push_back(path[i]);
    }
  }
  return out;
}

std::string extension_of(std::string_view path) {
  const std::string_view name = name_of_path(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string() : std::string(name.substr(dot));
}

std::string_view common_directory(const std::vector<std::string>& paths) {
  std::string_view common = parent_of_path(paths.front());
  for (const std::string& path : paths) {
    while (!common.empty() && !path.starts_with(std::string(common) + "/")) {
      common = parent_of_path(common);
    }
  }
  return common;
}

std::string joined(std::string_view directory, std::string_view rest) {
  return (directory.empty() ? "" : escaped_for_glob(directory) + "/") + std::string(rest);
}

// What `*` may stand for, itself a pattern or not.
bool is_name(std::string_view rest) {
  return rest != "**" && !rest.contains('/');
}

// Files that share their first directory, or have none.
class GroupedFiles {
 public:
  GroupedFiles(Grouping grouping, std::vector<std::string>& out) : grouping_(grouping), out_(out) {}

  void add(const std::vector<std::string>& paths) {
    std::map<std::string, std::vector<std::string>> by_extension;
    for (const std::string& path : paths) {
      by_extension[extension_of(path)].push_back(path);
    }
    const std::string_view common = common_directory(paths);
    if (paths.size() >= kGroupMin && by_extension.size() > 1 && !common.empty() &&
        grouping_ == Grouping::by_directory) {
      out_.push_back(joined(common, "**"));
      return;
    }
    for (const auto& [extension, group] : by_extension) {
      add_group(extension, group);
    }
  }

 private:
  void add_group(const std::string& extension, const std::vector<std::string>& paths) {
    if (paths.size() < kGroupMin || extension.empty()) {
      for (const std::string& path : paths) {
        out_.push_back(escaped_for_glob(path));
      }
      return;
    }
    const std::string_view common = common_directory(paths);
    const bool is_flat = std::ranges::all_of(
        paths, [&](const std::string& path) { return parent_of_path(path) == common; });
    out_.push_back(joined(common, (is_flat ? "*" : "**/*") + escaped_for_glob(extension)));
  }

  Grouping grouping_;
  std::vector<std::string>& out_;
};

}  // namespace

std::vector<std::string> fewest_globs(const std::vector<std::string>& paths, Grouping grouping) {
  std::map<std::string, std::vector<std::string>> files;  // By first directory.
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    if (path.ends_with('/')) {
      const std::string_view directory = std::string_view(path).substr(0, path.size() - 1);
      out.push_back(joined(directory, grouping == Grouping::by_extension ? "**" : "*"));
    } else {
      const std::size_t slash = path.find('/');
      files[slash == std::string::npos ? "" : path.substr(0, slash)].push_back(path);
    }
  }
  GroupedFiles grouped(grouping, out);
  for (const auto& [directory, group] : files) {
    grouped.add(group);
  }
  std::ranges::sort(out);
  const auto [first, last] = std::ranges::unique(out);
  out.erase(first, last);
  // `a/b` says nothing more beside `a/*`, nor that beside `a/**`.
  const std::vector<std::string> all = out;
  std::erase_if(out, [&](const std::string& pattern) {
    return std::ranges::any_of(all, [&](const std::string& wide) {
      const std::size_t star = wide.ends_with("/**") ? 2 : (wide.ends_with("/*") ? 1 : 0);
      const std::string_view prefix = std::string_view(wide).substr(0, wide.size() - star);
      return star > 0 && wide != pattern && pattern.starts_with(prefix) &&
             (star == 2 || is_name(std::string_view(pattern).substr(prefix.size())));
    });
  });
  return out;
}

}  // namespace vc::agent
