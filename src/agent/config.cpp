#include "agent/config.hpp"

#include "agent/config/patterns.hpp"
#include "agent/config/remote_reader.hpp"
#include "agent/config/root_keys.hpp"
#include "agent/config/task_reader.hpp"
#include "agent/config/yaml_reader.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/turbo/turbo_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace vc::agent {

namespace {

bool is_package_name(std::string_view text) {
  return !text.empty() && !text.contains('#') &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

class ConfigReader {
 public:
  ConfigReader(YamlReader& reader, const Environment& environment)
      : reader_(reader), environment_(environment) {}

  Config read() {
    const std::vector<YamlEntry> entries = reader_.map(reader_.root(), "velocity.yml");
    read_keys(reader_, entries, kKeys, *this);
    if (reader_.root().kind == YamlNode::Kind::map) {
      require(entries, "version", codes::kWrongVersion, "add version: 1");
      require(entries, "pipeline", codes::kMissingKey,
              "add pipeline: with a task, or let velocity-cli init write the file");
    }
    return std::move(config_);
  }

  static const std::array<KeyRow<ConfigReader>, 8> kKeys;

 private:
  void require(const std::vector<YamlEntry>& entries, std::string_view key, int code,
               std::string help) {
    if (std::ranges::find(entries, key, &YamlEntry::key) == entries.end()) {
      reader_.error(code, reader_.source().at_offset(0),
                    fmt::format("velocity.yml has no \"{}\"", key), std::move(help));
    }
  }

  void read_version(const YamlEntry& entry) {
    const YamlNode& value = *entry.value;
    if (value.kind != YamlNode::Kind::scalar || value.quoted || value.text != "1") {
      reader_.error(codes::kWrongVersion, reader_.position(entry), "\"version\" must be 1",
                    value.text == "1" ? "remove the quotes" : "this agent reads version 1 only");
    }
  }

  void read_project_id(const YamlEntry& entry) {
    config_.project_id = reader_.text(entry).value_or("");
  }

  void read_packages(const YamlEntry& entry) {
    config_.packages = read_patterns(reader_, entry, "workspace");
  }

  void read_tasks(const YamlEntry& entry) {
    config_.pipeline = read_pipeline(reader_, entry, CommandRule::required);
    config_.root_tasks = take_root_tasks(config_.pipeline);
  }

  void read_global_inputs(const YamlEntry& entry) {
    if (auto patterns = read_patterns(reader_, entry, "workspace")) {
      config_.global_inputs = std::move(patterns->patterns);
    }
  }

  void read_global_env(const YamlEntry& entry) {
    config_.global_env =
        reader_.names(entry, is_variable_pattern, "a variable: write NAME, NAME_* or !NAME")
            .value_or(std::vector<std::string>());
  }

  void read_script_runner_key(const YamlEntry& entry) {
    config_.script_runner = read_script_runner(reader_, entry);
  }

  void read_remote_map(const YamlEntry& entry) {
    config_.remote = read_remote(reader_, entry, environment_);
  }

  YamlReader& reader_;
  const Environment& environment_;
  Config config_;
};

constexpr std::array<KeyRow<ConfigReader>, 8> ConfigReader::kKeys{{
    {.name = "version", .read = &ConfigReader::read_version},
    {.name = "project_id", .read = &ConfigReader::read_project_id},
    {.name = "remote", .read = &ConfigReader::read_remote_map},
    {.name = "packages", .read = &ConfigReader::read_packages},
    {.name = "global_inputs", .read = &ConfigReader::read_global_inputs},
    {.name = "global_env", .read = &ConfigReader::read_global_env},
    {.name = "script_runner", .read = &ConfigReader::read_script_runner_key},
    {.name = "pipeline", .read = &ConfigReader::read_tasks},
}};

class PackageConfigReader {
 public:
  explicit PackageConfigReader(YamlReader& reader) : reader_(reader) {}

  PackageConfig read() {
    if (reader_.root().kind == YamlNode::Kind::null) {
      return {};  // An empty file marks a folder as a package and says nothing more.
    }
    read_keys(reader_, reader_.map(reader_.root(), "velocity.yml"), kKeys, *this);
    return std::move(config_);
  }

 private:
  static const std::array<KeyRow<PackageConfigReader>, 5> kKeys;

  void read_name(const YamlEntry& entry) {
    config_.name = reader_.text(entry).value_or("");
    config_.name_at = reader_.position(entry);
    if (entry.value->kind == YamlNode::Kind::scalar && !is_package_name(config_.name)) {
      reader_.error(codes::kBadValue, reader_.position(entry),
                    fmt::format("\"{}\" cannot be the name of a package", config_.name),
                    "use a name without spaces and \"#\"");
    }
  }

  void read_depends_on(const YamlEntry& entry) {
    const auto items = reader_.texts(entry);
    for (const YamlText& item : items.value_or(std::vector<YamlText>())) {
      config_.depends_on.push_back(item.text);
      config_.depends_on_at.push_back(item.at);
    }
  }

  void read_tasks(const YamlEntry& entry) {
    config_.pipeline = read_pipeline(reader_, entry, CommandRule::optional);
  }

  void reject_root_key(const YamlEntry& entry) {
    reader_.error(codes::kUnknownKey, reader_.key_position(entry),
                  fmt::format("\"{}\" belongs in the velocity.yml of the workspace", entry.key),
                  entry.key == "version"
                      ? "remove it; or, when this folder is a workspace of its own, leave it out "
                        "of the packages of the outer one"
                      : "move it there");
  }

  YamlReader& reader_;
  PackageConfig config_;
};

constexpr std::array<KeyRow<PackageConfigReader>, 5> PackageConfigReader::kKeys{{
    {.name = "name", .read = &PackageConfigReader::read_name},
    {.name = "depends_on", .read = &PackageConfigReader::read_depends_on},
    {.name = "pipeline", .read = &PackageConfigReader::read_tasks},
    {.name = "version", .read = &PackageConfigReader::reject_root_key},
    {.name = "remote", .read = &PackageConfigReader::reject_root_key},
}};

// A mistake that keeps the file from being read at all.
Diagnostics unreadable(std::string_view file, std::string message, std::string help) {
  return {{.code = codes::kUnreadableFile,
           .message = std::move(message),
           .at = {.file = std::string(file)},
           .source_line = {},
           .help = std::move(help)}};
}

// Reads `text` with a Reader class and gives its value, or every error found. `warnings` receives
// what is no error.
template <class Value, class Read>
std::expected<Value, Diagnostics> read_document(const SourceText& source, Diagnostics& warnings,
                                                Read read) {
  if (source.text().size() > kConfigBytesMax) {
    return std::unexpected(unreadable(
        source.file(),
        fmt::format("the file has {} bytes; {} are allowed", source.text().size(), kConfigBytesMax),
        "velocity.yml describes tasks; data belongs in files of its own"));
  }
  const auto document = YamlDocument::parse(source);
  if (!document) {
    return std::unexpected(Diagnostics{document.error()});
  }
  YamlReader reader(source, *document);
  Value value = read(reader);
  if (reader.failed()) {
    return std::unexpected(std::move(reader).take_found());
  }
  warnings = std::move(reader).take_found();
  return value;
}

}  // namespace

std::span<const std::string_view> root_keys() {
  static constexpr auto kNames = names_of(ConfigReader::kKeys);
  return kNames;
}

std::expected<Config, Diagnostics> load_config(const fs::path& file,
                                               const Environment& environment) {
  const auto text = read_file(file, kConfigBytesMax);
  if (!text) {
    return std::unexpected(
        unreadable(file.filename().string(), text.error().message, text.error().hint));
  }
  return is_turbo_file(file) ? parse_turbo_config(*text, file)
                             : parse_config(*text, file, environment);
}

std::expected<Config, Diagnostics> parse_config(std::string_view text, const fs::path& file,
                                                const Environment& environment) {
  const SourceText source(file.filename().string(), text);
  Diagnostics warnings;
  auto config = read_document<Config>(source, warnings, [&](YamlReader& reader) {
    return ConfigReader(reader, environment).read();
  });
  if (!config) {
    return config;
  }
  std::error_code failed;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  config->root = fs::weakly_canonical(folder, failed);
  if (failed) {
    return std::unexpected(
        unreadable(source.file(), folder.string() + ": " + failed.message(), ""));
  }
  config->file = source.file();
  config->text = text;
  config->warnings = std::move(warnings);
  return config;
}

std::expected<PackageConfig, Diagnostics> parse_package_config(std::string_view text,
                                                               const fs::path& file) {
  const SourceText source(file.string(), text);
  Diagnostics warnings;
  return read_document<PackageConfig>(
      source, warnings, [](YamlReader& reader) { return PackageConfigReader(reader).read(); });
}

}  // namespace vc::agent
