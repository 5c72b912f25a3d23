#include "agent/nx/nx_file.hpp"

#include "agent/config/json_document.hpp"
#include "agent/config/yaml_reader.hpp"
#include "agent/diagnostic_codes.hpp"

#include <fmt/format.h>

#include <utility>

namespace vc::agent {

namespace {

class NxFileReader {
 public:
  explicit NxFileReader(YamlReader& reader) : reader_(reader) {}

  NxFile read() { return read(reader_.map(reader_.root(), reader_.source().file())); }

  NxFile read_member() {
    for (const YamlEntry& entry : reader_.map(reader_.root(), reader_.source().file())) {
      if (entry.key == "nx" && entry.value->kind == YamlNode::Kind::map) {
        return read(reader_.map(entry));
      }
    }
    return {};
  }

 private:
  NxFile read(const std::vector<YamlEntry>& entries) {
    for (const YamlEntry& entry : entries) {
      if (entry.key == "name") {
        file_.name = reader_.text(entry).value_or("");
      } else if (entry.key == "targetDefaults" || entry.key == "targets") {
        for (const YamlEntry& target : reader_.map(entry)) {
          file_.targets.emplace(target.key, read_target(target));
        }
      } else if (entry.key == "namedInputs") {
        for (const YamlEntry& named : reader_.map(entry)) {
          file_.named_inputs.emplace(named.key, read_inputs(named));
        }
      } else if (entry.key == "tasksRunnerOptions") {
        read_runners(entry);
      } else if (entry.key == "plugins") {
        file_.has_plugins = !entry.value->children.empty();
      } else if (entry.key == "implicitDependencies" &&
                 entry.value->kind == YamlNode::Kind::sequence) {  // Older: a map of files.
        file_.implicit_dependencies = plain_texts(entry);
      }
    }
    return std::move(file_);
  }

  std::vector<std::string> plain_texts(const YamlEntry& entry) {
    std::vector<std::string> out;
    for (YamlText& item : reader_.texts(entry).value_or(std::vector<YamlText>())) {
      out.push_back(std::move(item.text));
    }
    return out;
  }

  void read_runners(const YamlEntry& entry) {
    for (const YamlEntry& runner : reader_.map(entry)) {
      for (const YamlEntry& key : reader_.map(runner)) {
        if (key.key == "options") {
          read_runner_options(key);
        }
      }
    }
  }

  void read_runner_options(const YamlEntry& entry) {
    for (const YamlEntry& option : reader_.map(entry)) {
      if (option.key == "cacheableOperations") {
        file_.cacheable.merge(as_set(plain_texts(option)));
      }
    }
  }

  static std::set<std::string> as_set(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
  }

  NxTarget read_target(const YamlEntry& target) {
    NxTarget out;
    for (const YamlEntry& entry : reader_.map(target)) {
      if (entry.key == "inputs") {
        out.inputs = read_inputs(entry);
      } else if (entry.key == "outputs") {
        out.outputs = plain_texts(entry);
      } else if (entry.key == "dependsOn") {
        out.depends_on = read_dependencies(entry);
      } else if (entry.key == "cache") {
        out.cache = reader_.boolean(entry);
      } else if (entry.key == "continuous") {
        out.continuous = reader_.boolean(entry).value_or(false);
      } else if (entry.key == "executor") {
        out.executor = reader_.text(entry).value_or("");
      } else if (entry.key == "command") {
        out.executor = "nx:run-commands";
        out.command = reader_.text(entry).value_or("");
      } else if (entry.key == "options") {
        read_options(entry, out);
      }
    }
    return out;
  }

  void read_options(const YamlEntry& entry, NxTarget& target) {
    for (const YamlEntry& option : reader_.map(entry)) {
      const YamlNode& value = *option.value;
      const bool is_list = value.kind == YamlNode::Kind::sequence;
      const YamlNode& text =
          is_list && value.children.size() == 1 ? reader_.node(value.children.front()) : value;
      if (text.kind == YamlNode::Kind::scalar && text.quoted) {
        target.options.emplace(option.key, text.text);
      } else if (text.kind != YamlNode::Kind::scalar || text.text != "false") {
        // `parallel` says nothing of one command.
        target.has_complex_options |= option.key != "parallel" && option.key != "color";
      }
    }
  }

  // Texts and objects; what is neither is a mistake.
  template <class OnText, class OnMap>
  void each_item(const YamlEntry& entry, const OnText& on_text, const OnMap& on_map) {
    if (entry.value->kind != YamlNode::Kind::sequence) {
      reader_.error(codes::kWrongType, reader_.position(entry),
                    fmt::format("\"{}\" must be a list", entry.key));
      return;
    }
    for (const std::uint32_t id : entry.value->children) {
      const YamlNode& item = reader_.node(id);
      if (item.kind == YamlNode::Kind::map) {
        on_map(reader_.map(item, "an item of \"" + entry.key + "\""));
      } else if (item.kind == YamlNode::Kind::scalar && item.quoted) {
        on_text(item.text);
      } else {
        reader_.error(
            codes::kWrongType, reader_.position(item),
            fmt::format("\"{}\" has an item that is neither a text nor an object", entry.key));
      }
    }
  }

  NxInputs read_inputs(const YamlEntry& entry) {
    NxInputs out;
    each_item(
        entry, [&](const std::string& text) { out.push_back({.value = text}); },
        [&](const std::vector<YamlEntry>& keys) { out.push_back(input_of(keys)); });
    return out;
  }

  NxInput input_of(const std::vector<YamlEntry>& keys) {
    NxInput out{.kind = NxInput::Kind::ignored, .value = {}};
    std::string prefix;
    for (const YamlEntry& key : keys) {
      if (key.key == "runtime" || key.key == "env") {
        out.kind = key.key == "env" ? NxInput::Kind::env : NxInput::Kind::runtime;
        out.value = reader_.text(key).value_or("");
      } else if (key.key == "fileset" || key.key == "input") {
        out.kind = NxInput::Kind::text;
        out.value = reader_.text(key).value_or("");
      } else if (key.key == "dependencies" || (key.key == "projects" && says_dependencies(key))) {
        prefix = "^";
      } else if (key.key == "projects" && key.value->kind != YamlNode::Kind::scalar) {
        return {.kind = NxInput::Kind::ignored, .value = "the inputs of named projects"};
      } else if (out.value.empty()) {
        out.value = key.key;
      }
    }
    out.value = prefix + out.value;
    return out;
  }

  static bool says_dependencies(const YamlEntry& key) { return key.value->text == "dependencies"; }

  std::vector<std::string> read_dependencies(const YamlEntry& entry) {
    std::vector<std::string> out;
    each_item(
        entry, [&](const std::string& text) { out.push_back(text); },
        [&](const std::vector<YamlEntry>& keys) { add_dependency(keys, out); });
    return out;
  }

  // {"target": "build", "projects": "dependencies"}, {"target": "build", "projects": ["web"]}
  void add_dependency(const std::vector<YamlEntry>& keys, std::vector<std::string>& out) {
    std::string target;
    std::string prefix;
    std::vector<std::string> projects;
    for (const YamlEntry& key : keys) {
      if (key.key == "target") {
        target = reader_.text(key).value_or("");
      } else if (key.key == "dependencies" || (key.key == "projects" && says_dependencies(key))) {
        prefix = "^";
      } else if (key.key == "projects" && key.value->kind == YamlNode::Kind::sequence) {
        projects = plain_texts(key);
      } else if (key.key == "projects" && key.value->text != "self") {
        projects = {reader_.text(key).value_or("")};
      }
    }
    if (projects.empty()) {
      out.push_back(prefix + target);
    }
    for (const std::string& project : projects) {
      out.push_back(fmt::format("{}:{}", project, target));
    }
  }

  YamlReader& reader_;
  NxFile file_;
};

template <class Read>
std::expected<NxFile, Diagnostics> parsed(std::string_view text, const std::string& file,
                                          const Read& read) {
  const SourceText source(file, text);
  const auto document = parse_json_document(source);
  if (!document) {
    return std::unexpected(Diagnostics{document.error()});
  }
  YamlReader reader(source, *document);
  NxFile result = read(reader);
  if (reader.failed()) {
    return std::unexpected(std::move(reader).take_found());
  }
  return result;
}

}  // namespace

std::expected<NxFile, Diagnostics> parse_nx_file(std::string_view text, const std::string& file) {
  return parsed(text, file, [](YamlReader& reader) { return NxFileReader(reader).read(); });
}

std::expected<NxFile, Diagnostics> parse_nx_member(std::string_view text, const std::string& file) {
  return parsed(text, file, [](YamlReader& reader) { return NxFileReader(reader).read_member(); });
}

}  // namespace vc::agent
