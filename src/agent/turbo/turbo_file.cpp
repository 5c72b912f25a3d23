#include "agent/turbo/turbo_file.hpp"

#include "agent/config/json_document.hpp"
#include "agent/config/optional_file.hpp"
#include "agent/config/task_reader.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/turbo/turbo_task_reader.hpp"
#include "core/result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

class TurboFileReader {
 public:
  TurboFileReader(YamlReader& reader, TurboPlace place) : reader_(reader), place_(place) {}

  TurboFile read() {
    const std::vector<YamlEntry> entries = reader_.map(reader_.root(), reader_.source().file());
    read_turbo_keys(reader_, entries, kKeys, *this);
    const auto has = [&](std::string_view key) {
      return std::ranges::find(entries, key, &YamlEntry::key) != entries.end();
    };
    if (place_ == TurboPlace::workspace && reader_.root().kind == YamlNode::Kind::map &&
        !has("tasks") && !has("pipeline")) {
      reader_.error(codes::kMissingKey, reader_.position(reader_.root()),
                    fmt::format("{} has no \"tasks\"", reader_.source().file()),
                    "name the tasks in it, or write a velocity.yml");
    }
    return std::move(file_);
  }

 private:
  void read_tasks(const YamlEntry& entry) {
    for (const YamlEntry& task : reader_.map(entry)) {
      const std::size_t hash = task.key.rfind('#');
      const std::string_view name = std::string_view(task.key).substr(hash + 1);
      if (!is_task_name(name) || hash == 0) {
        reader_.error(codes::kBadTaskName, reader_.key_position(task),
                      fmt::format("\"{}\" cannot be the name of a task", task.key),
                      "use letters, digits and _ - . : / @ +, or package#task");
      } else if (hash != std::string::npos && place_ == TurboPlace::package) {
        reader_.error(codes::kBadTaskName, reader_.key_position(task),
                      fmt::format("\"{}\" names a package in the file of one", task.key),
                      fmt::format("write \"{}\"", name));
      }
      file_.tasks.emplace(task.key, read_turbo_task(reader_, task, file_.without_effect));
    }
  }

  void read_extends(const YamlEntry& entry) {
    file_.extends = turbo_texts(reader_, entry).value_or(std::vector<YamlText>());
  }

  void read_global_inputs(const YamlEntry& entry) {
    for (const YamlText& item : turbo_texts(reader_, entry).value_or(std::vector<YamlText>())) {
      // Version 1 wrote variables in here.
      if (item.text.starts_with('$') && !item.text.starts_with(kTurboRootPrefix)) {
        file_.global_env.push_back(item.text.substr(1));
      } else if (check_turbo_pattern(reader_, item)) {
        file_.global_inputs.push_back(item);
      }
    }
  }

  void read_global_env(const YamlEntry& entry) {
    std::ranges::move(turbo_variables(reader_, entry), std::back_inserter(file_.global_env));
  }

  void read_global_pass_env(const YamlEntry& entry) {
    file_.global_pass_env = turbo_variables(reader_, entry);
  }

  void read_env_mode(const YamlEntry& entry) {
    const std::string mode = reader_.text(entry).value_or("strict");
    if (mode != "strict" && mode != "loose") {
      reader_.error(codes::kBadValue, reader_.position(entry),
                    fmt::format("\"envMode\" is \"{}\"", mode), "write \"strict\" or \"loose\"");
    }
    file_.loose_environment = mode == "loose";
  }

  // `global` of `futureFlags.globalConfiguration`.
  void read_global(const YamlEntry& entry) {
    read_turbo_keys(reader_, reader_.map(entry), kGlobalKeys, *this);
  }

  void note(const YamlEntry& entry) {
    const bool is_empty_map =
        entry.value->kind == YamlNode::Kind::map && entry.value->children.empty();
    if (!is_empty_map) {
      file_.without_effect.insert(entry.key);
    }
  }

  static const std::array<KeyRow<TurboFileReader>, 24> kKeys;
  static const std::array<KeyRow<TurboFileReader>, 15> kGlobalKeys;

  YamlReader& reader_;
  TurboPlace place_;
  TurboFile file_;
};

constexpr std::array<KeyRow<TurboFileReader>, 24> TurboFileReader::kKeys{{
    {.name = "$schema", .read = nullptr},
    {.name = "extends", .read = &TurboFileReader::read_extends},
    {.name = "tasks", .read = &TurboFileReader::read_tasks},
    {.name = "pipeline", .read = &TurboFileReader::read_tasks},
    {.name = "globalDependencies", .read = &TurboFileReader::read_global_inputs},
    {.name = "globalDotEnv", .read = &TurboFileReader::read_global_inputs},
    {.name = "globalEnv", .read = &TurboFileReader::read_global_env},
    {.name = "globalPassThroughEnv", .read = &TurboFileReader::read_global_pass_env},
    {.name = "global", .read = &TurboFileReader::read_global},
    {.name = "envMode", .read = &TurboFileReader::read_env_mode},
    {.name = "ui", .read = nullptr},
    {.name = "experimentalUI", .read = nullptr},
    {.name = "daemon", .read = nullptr},
    {.name = "noUpdateNotifier", .read = nullptr},
    {.name = "agentGuidance", .read = nullptr},
    {.name = "dangerouslyDisablePackageManagerCheck", .read = nullptr},
    {.name = "boundaries", .read = nullptr},
    {.name = "tags", .read = nullptr},
    {.name = "concurrency", .read = &TurboFileReader::note},
    {.name = "cacheDir", .read = &TurboFileReader::note},
    {.name = "cacheMaxAge", .read = &TurboFileReader::note},
    {.name = "cacheMaxSize", .read = &TurboFileReader::note},
    {.name = "remoteCache", .read = &TurboFileReader::note},
    {.name = "futureFlags", .read = &TurboFileReader::note},
}};

constexpr std::array<KeyRow<TurboFileReader>, 15> TurboFileReader::kGlobalKeys{{
    {.name = "inputs", .read = &TurboFileReader::read_global_inputs},
    {.name = "env", .read = &TurboFileReader::read_global_env},
    {.name = "passThroughEnv", .read = &TurboFileReader::read_global_pass_env},
    {.name = "envMode", .read = &TurboFileReader::read_env_mode},
    {.name = "ui", .read = nullptr},
    {.name = "daemon", .read = nullptr},
    {.name = "noUpdateNotifier", .read = nullptr},
    {.name = "agentGuidance", .read = nullptr},
    {.name = "dangerouslyDisablePackageManagerCheck", .read = nullptr},
    {.name = "concurrency", .read = &TurboFileReader::note},
    {.name = "cacheDir", .read = &TurboFileReader::note},
    {.name = "cacheMaxAge", .read = &TurboFileReader::note},
    {.name = "cacheMaxSize", .read = &TurboFileReader::note},
    {.name = "remoteCache", .read = &TurboFileReader::note},
    {.name = "experimentalObservability", .read = &TurboFileReader::note},
}};

}  // namespace

std::expected<TurboFile, Diagnostics> parse_turbo_file(std::string_view text,
                                                       const std::string& file, TurboPlace place) {
  const SourceText source(file, text);
  if (text.size() > kConfigBytesMax) {
    return std::unexpected(
        Diagnostics{{.code = codes::kUnreadableFile,
                     .message = fmt::format("the file has {} bytes; {} are allowed", text.size(),
                                            kConfigBytesMax),
                     .at = {.file = file},
                     .source_line = {},
                     .help = {}}});
  }
  const auto document = parse_json_document(source);
  if (!document) {
    return std::unexpected(Diagnostics{document.error()});
  }
  YamlReader reader(source, *document);
  TurboFile result = TurboFileReader(reader, place).read();
  if (reader.failed()) {
    return std::unexpected(std::move(reader).take_found());
  }
  result.warnings = std::move(reader).take_found();
  return result;
}

std::expected<std::optional<TurboText>, Diagnostics> read_turbo_text(const fs::path& root,
                                                                     std::string_view directory) {
  for (const std::string_view name : kTurboFiles) {
    std::string path(directory);
    path += directory.empty() ? "" : "/";
    path += name;
    VC_TRY(std::optional<std::string> text, read_optional_file(root, path, kConfigBytesMax));
    if (text) {
      return TurboText{.file = std::move(path), .text = *std::move(text)};
    }
  }
  return std::nullopt;
}

bool is_package_turbo_text(std::string_view text) {
  const SourceText source("turbo.json", text);
  const auto document = parse_json_document(source);
  if (!document || document->root().kind != YamlNode::Kind::map) {
    return !document && text.contains("\"extends\"");
  }
  const std::vector<std::uint32_t>& children = document->root().children;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    if (document->node(children[i]).text == "extends") {
      return true;
    }
  }
  return false;
}

}  // namespace vc::agent
