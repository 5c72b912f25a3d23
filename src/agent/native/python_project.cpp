#include "agent/native/python_project.hpp"

#include "agent/native/toml_fields.hpp"
#include "core/text.hpp"

#include <utility>

namespace vc::agent {

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// The name a requirement begins with: "a_b[extra] >= 1; python_version < '3.9'" (PEP 508).
std::string name_of_requirement(std::string_view requirement) {
  requirement = trimmed(requirement);
  std::size_t end = 0;
  while (end < requirement.size() && is_name_character(requirement[end])) {
    ++end;
  }
  return normalized_python_name(requirement.substr(0, end));
}

class PythonProjectReader {
 public:
  explicit PythonProjectReader(const SourceText& source) : fields_(source) {}

  std::expected<PythonProject, Diagnostic> read(const TomlValue& root) {
    read_project(root);
    read_groups(fields_.table(root, "dependency-groups"));
    const TomlValue& uv = fields_.table(fields_.table(root, "tool"), "uv");
    add_requirements(uv, "dev-dependencies", true);
    for (const auto& [name, source] : fields_.table(uv, "sources").entries) {
      project_.sources[normalized_python_name(name)] = source_of(source);
    }
    project_.has_workspace = uv.find("workspace") != nullptr;
    const TomlValue& workspace = fields_.table(uv, "workspace");
    project_.members = fields_.texts(workspace, "members");
    project_.exclude = fields_.texts(workspace, "exclude");
    return fields_.checked(std::move(project_));
  }

 private:
  void read_project(const TomlValue& root) {
    project_.has_project = root.find("project") != nullptr;
    if (!project_.has_project) {
      return;
    }
    const TomlValue& project = fields_.table(root, "project");
    project_.name = fields_.package_name(project);
    project_.version = fields_.text(project, "version");
    add_requirements(project, "dependencies", false);
    const TomlValue& extras = fields_.table(project, "optional-dependencies");
    for (const TomlEntry& extra : extras.entries) {
      add_requirements(extras, extra.key, false);
    }
  }

  void add_requirements(const TomlValue& table, std::string_view key, bool for_tests) {
    for (const PackagePattern& requirement : fields_.texts(table, key)) {
      project_.dependencies.push_back(
          {.name = name_of_requirement(requirement.text), .for_tests = for_tests});
    }
  }

  // Beside requirements a group holds `{include-group = "other"}`: the other is read anyway.
  void read_groups(const TomlValue& groups) {
    for (const auto& [name, group] : groups.entries) {
      if (group.kind != TomlValue::Kind::array) {
        fields_.fail(group, "a dependency group must be a list");
      }
      for (const TomlValue& item : group.items) {
        if (item.kind == TomlValue::Kind::text) {
          project_.dependencies.push_back(
              {.name = name_of_requirement(item.text), .for_tests = true});
        }
      }
    }
  }

  PythonSource source_of(const TomlValue& value) {
    PythonSource source;
    if (value.kind == TomlValue::Kind::array) {  // One for each platform, or extra.
      for (const TomlValue& item : value.items) {
        add_source(item, source);
      }
    } else {
      add_source(value, source);
    }
    return source;
  }

  void add_source(const TomlValue& value, PythonSource& source) {
    const TomlValue* workspace = value.find("workspace");
    source.workspace = source.workspace || (workspace != nullptr && workspace->is_true());
    if (std::string path = fields_.text(value, "path"); !path.empty()) {
      source.paths.push_back(std::move(path));
    }
  }

  TomlFields fields_;
  PythonProject project_;
};

}  // namespace

std::string normalized_python_name(std::string_view name) {
  std::string normalized;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (!normalized.ends_with('-')) {
        normalized += '-';
      }
    } else {
      normalized += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return normalized;
}

std::expected<PythonProject, Diagnostic> parse_python_project(std::string_view text,
                                                              std::string_view file) {
  const SourceText source(std::string(file), text);
  auto root = parse_toml(source);
  if (!root) {
    return std::unexpected(std::move(root).error());
  }
  return PythonProjectReader(source).read(*root);
}

}  // namespace vc::agent
