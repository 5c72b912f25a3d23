#include "agent/config/patterns.hpp"

#include "agent/diagnostic_codes.hpp"
#include "core/glob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace vc::agent {

namespace {

// Declared outputs are removed before a task runs.
constexpr std::array<std::string_view, 7> kNeverOutputs{
    "package.json",   "velocity.yml",    "turbo.json",       ".git/HEAD",
    ".git/objects/x", ".velocity/cache", ".velocity/cache/x"};

bool leaves_folder(std::string_view pattern) {
  if (pattern.starts_with('/') || pattern.starts_with('~')) {
    return true;
  }
  while (!pattern.empty()) {
    const std::size_t slash = pattern.find('/');
    if (pattern.substr(0, slash) == "..") {
      return true;
    }
    pattern.remove_prefix(slash == std::string_view::npos ? pattern.size() : slash + 1);
  }
  return false;
}

// "./src" -> "src", "./" -> ".".
std::string without_dot(std::string_view pattern) {
  while (pattern.starts_with("./")) {
    pattern.remove_prefix(2);
    pattern.remove_prefix(std::min(pattern.find_first_not_of('/'), pattern.size()));
  }
  return pattern.empty() ? "." : std::string(pattern);
}

// The pattern as it is kept, or nullopt after a report.
std::optional<std::string> checked_pattern(YamlReader& reader, const YamlText& item,
                                           FolderName folder) {
  const bool excludes = item.text.starts_with('!');
  const std::string_view written = std::string_view(item.text).substr(excludes ? 1 : 0);
  if (written.empty()) {
    reader.error(codes::kBadPattern, item.at, "an empty pattern");
    return std::nullopt;
  }
  if (leaves_folder(written)) {
    reader.error(codes::kPatternLeavesPackage, item.at,
                 fmt::format("\"{}\" leaves the {}", item.text, folder),
                 folder == "package"
                     ? "patterns are relative to the package; files of the whole workspace belong "
                       "in global_inputs"
                     : "patterns are relative to the folder of velocity.yml");
    return std::nullopt;
  }
  if (written.starts_with('$')) {
    reader.error(codes::kBadPattern, item.at,
                 fmt::format("\"{}\": variables mean nothing in patterns", item.text),
                 folder == "package" ? "among inputs \"$default\" stands for the default inputs, "
                                       "\"$root/...\" for files of the workspace"
                                     : "write the path itself");
    return std::nullopt;
  }
  std::string pattern = without_dot(written);
  if (const auto glob = Glob::compile(pattern); !glob) {
    reader.error(codes::kBadPattern, item.at, glob.error().message, glob.error().hint);
    return std::nullopt;
  }
  return excludes ? "!" + pattern : pattern;
}

bool only_excludes(const PatternList& list) {
  return !list.patterns.empty() && std::ranges::all_of(list.patterns, [](const std::string& text) {
    return text.starts_with('!');
  });
}

void report_only_excludes(YamlReader& reader, const YamlEntry& entry, const PatternList& list,
                          std::string_view example) {
  reader.error(codes::kBadPattern, list.positions.front(),
               fmt::format("\"{}\" only excludes, so it matches nothing", entry.key),
               fmt::format("begin with what is included: {}", example));
}

}  // namespace

std::optional<PatternList> read_patterns(YamlReader& reader, const YamlEntry& entry,
                                         FolderName folder) {
  const auto items = reader.texts(entry);
  if (!items) {
    return std::nullopt;
  }
  PatternList list;
  for (const YamlText& item : *items) {
    if (auto pattern = checked_pattern(reader, item, folder)) {
      list.patterns.push_back(*std::move(pattern));
      list.positions.push_back(item.at);
    }
  }
  if (only_excludes(list)) {
    report_only_excludes(reader, entry, list, "\"**\"");
  }
  return list;
}

std::optional<InputPatterns> read_input_patterns(YamlReader& reader, const YamlEntry& entry) {
  const auto items = reader.texts(entry);
  if (!items) {
    return std::nullopt;
  }
  InputPatterns inputs;
  for (const YamlText& item : *items) {
    const bool excludes = item.text.starts_with('!');
    if (item.text == kDefaultInputs) {
      inputs.extend_defaults = true;
    } else if (item.text.substr(excludes ? 1 : 0).starts_with(kRootPrefix)) {
      const YamlText rest{
          .text = (excludes ? "!" : "") + item.text.substr(kRootPrefix.size() + (excludes ? 1 : 0)),
          .at = item.at};
      if (auto pattern = checked_pattern(reader, rest, "workspace")) {
        inputs.root.patterns.push_back(*std::move(pattern));
        inputs.root.positions.push_back(item.at);
      }
    } else if (auto pattern = checked_pattern(reader, item, "package")) {
      inputs.own.patterns.push_back(*std::move(pattern));
      inputs.own.positions.push_back(item.at);
    }
  }
  if (!inputs.extend_defaults && only_excludes(inputs.own)) {
    report_only_excludes(reader, entry, inputs.own, "\"**\" or \"$default\"");
  }
  if (only_excludes(inputs.root)) {
    report_only_excludes(reader, entry, inputs.root, "\"$root/*.json\"");
  }
  return inputs;
}

std::optional<CoveredSource> source_under_outputs(const PatternList& outputs) {
  const auto globs = GlobSet::compile(outputs.patterns);
  if (!globs) {
    return std::nullopt;
  }
  for (const std::string_view path : kNeverOutputs) {
    if (globs->matches(path)) {
      return CoveredSource{.path = path, .pattern = globs->deciding_pattern(path).value_or(0)};
    }
  }
  return std::nullopt;
}

void check_outputs_spare_sources(YamlReader& reader, const PatternList& outputs) {
  if (const auto covered = source_under_outputs(outputs)) {
    reader.error(codes::kOutputsCoverSources, outputs.positions[covered->pattern],
                 fmt::format("output \"{}\" covers {}, and outputs are removed before a task runs",
                             outputs.patterns[covered->pattern], covered->path),
                 "name the folder the task writes to, such as \"dist/**\"");
  }
}

}  // namespace vc::agent
