#include "agent/native/native_files.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/fingerprint/parallel_for.hpp"
#include "agent/usable_cpus.hpp"
#include "agent/workspace/loaded_package.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace vc::agent {

namespace {

// Below this a second thread costs more than it saves.
constexpr std::size_t kFoldersPerThread = 32;
constexpr unsigned kReaderThreadsMax = 8;

bool is_literal_pattern(std::string_view pattern) {
  return pattern.find_first_of("*?[{\\") == std::string_view::npos;
}

// Patterns know their position, not the text around it.
void add_excerpt(const fs::path& root, Diagnostic& diagnostic) {
  if (const auto text = read_file(root / diagnostic.at.file)) {
    diagnostic.source_line = SourceText(diagnostic.at.file, *text).line(diagnostic.at.line);
  }
}

}  // namespace

std::optional<std::string> folder_within(std::string_view directory, std::string_view relative) {
  if (relative.contains('\0') || relative.starts_with('/')) {
    return std::nullopt;
  }
  const fs::path path = (fs::path(directory) / relative).lexically_normal();
  std::string text = path.generic_string();
  while (text.ends_with('/')) {
    text.pop_back();
  }
  if (text == "." || text.empty()) {
    return "";
  }
  return text == ".." || text.starts_with("../") ? std::nullopt : std::optional(std::move(text));
}

std::string folder_of_file(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

bool is_regular_file(const fs::path& root, std::string_view path) {
  std::error_code ignored;
  return fs::is_regular_file(root / path, ignored);
}

std::vector<SharedFiles> shared_root_files(const fs::path& root,
                                           const std::vector<std::string_view>& names) {
  std::vector<SharedFiles> shared;
  for (const std::string_view name : names) {
    if (is_regular_file(root, name)) {
      shared.push_back({.name = std::string(name), .paths = {std::string(name)}});
    }
  }
  return shared;
}

void for_each_folder(std::size_t count, const std::function<void(std::size_t)>& work) {
  const auto useful = static_cast<unsigned>(count / kFoldersPerThread);
  const unsigned threads = std::clamp(std::min(useful, usable_cpus()), 1U, kReaderThreadsMax);
  parallel_for(count, threads, [&](std::size_t i, unsigned /*worker*/) { work(i); });
}

MemberFolders member_folders(const fs::path& root, const std::vector<PackagePattern>& patterns,
                             std::string_view manifest) {
  MemberFolders members;
  const auto found = find_package_folders(root, patterns);
  if (!found) {
    members.errors.push_back(found.error());
    add_excerpt(root, members.errors.back());
    return members;
  }
  for (const PackageFolder& folder : found->folders) {
    if (is_regular_file(root, path_in(folder.path, manifest))) {
      members.folders.push_back(folder.path);
    }
  }
  for (const PackagePattern& pattern : patterns) {
    const auto folder = folder_within("", pattern.text);
    if (!is_literal_pattern(pattern.text) || pattern.text.starts_with('!') || !folder ||
        is_regular_file(root, path_in(*folder, manifest))) {
      continue;
    }
    members.errors.push_back(
        {.code = codes::kNoSuchDirectory,
         .message = fmt::format("member \"{}\" has no {}", pattern.text, manifest),
         .at = pattern.at,
         .source_line = {},
         .help = "members are folders relative to this file; links are not followed"});
    add_excerpt(root, members.errors.back());
  }
  return members;
}

Diagnostic manifest_error(const SourceText& source, SourcePosition at, std::string message,
                          std::string help) {
  return source.error(codes::kBadManifest, std::move(at), std::move(message), std::move(help));
}

bool is_usable_name(std::string_view name) {
  return std::ranges::none_of(
      name, [](char c) { return c == '#' || static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
}

}  // namespace vc::agent
