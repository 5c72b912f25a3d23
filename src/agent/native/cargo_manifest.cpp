#include "agent/native/cargo_manifest.hpp"

#include "agent/native/toml_fields.hpp"

#include <array>
#include <utility>

namespace vc::agent {

namespace {

struct DependencyTable {
  std::string_view key;
  bool for_tests = false;
};

// The spellings with '_' are old and still read.
constexpr std::array kDependencyTables{
    DependencyTable{.key = "dependencies"},
    DependencyTable{.key = "build-dependencies"},
    DependencyTable{.key = "build_dependencies"},
    DependencyTable{.key = "dev-dependencies", .for_tests = true},
    DependencyTable{.key = "dev_dependencies", .for_tests = true},
};

class CargoReader {
 public:
  explicit CargoReader(const SourceText& source) : fields_(source) {}

  std::expected<CargoManifest, Diagnostic> read(const TomlValue& root) {
    CargoManifest manifest;
    read_package(root, manifest);
    read_tables(root, manifest);
    for (const TomlEntry& target : fields_.table(root, "target").entries) {
      read_tables(target.value, manifest);
    }
    read_workspace(root, manifest);
    for (const TomlEntry& registry : fields_.table(root, "patch").entries) {
      read_dependencies(registry.value, false, manifest.patches);
    }
    return fields_.checked(std::move(manifest));
  }

 private:
  void read_package(const TomlValue& root, CargoManifest& manifest) {
    manifest.has_package = root.find("package") != nullptr;
    if (!manifest.has_package) {
      return;
    }
    const TomlValue& package = fields_.table(root, "package");
    manifest.name = fields_.package_name(package);
    if (manifest.name.empty()) {
      fields_.fail(package, "the package has no name");
    }
    // Else `version.workspace = true`.
    if (const TomlValue* version = package.find("version");
        version != nullptr && version->kind == TomlValue::Kind::text) {
      manifest.version = version->text;
    }
  }

  void read_tables(const TomlValue& parent, CargoManifest& manifest) {
    for (const DependencyTable& each : kDependencyTables) {
      read_dependencies(fields_.table(parent, each.key), each.for_tests, manifest.dependencies);
    }
  }

  void read_workspace(const TomlValue& root, CargoManifest& manifest) {
    manifest.has_workspace = root.find("workspace") != nullptr;
    const TomlValue& workspace = fields_.table(root, "workspace");
    manifest.members = fields_.texts(workspace, "members");
    for (PackagePattern& path : fields_.texts(workspace, "exclude")) {
      manifest.exclude.push_back(std::move(path.text));
    }
    manifest.workspace_version = fields_.text(fields_.table(workspace, "package"), "version");
    read_dependencies(fields_.table(workspace, "dependencies"), false,
                      manifest.workspace_dependencies);
  }

  void read_dependencies(const TomlValue& table, bool for_tests,
                         std::vector<CargoDependency>& list) {
    for (const auto& [key, value] : table.entries) {
      CargoDependency dependency{.key = key, .package = key, .path = {}, .for_tests = for_tests};
      if (value.kind == TomlValue::Kind::table) {
        if (std::string package = fields_.text(value, "package"); !package.empty()) {
          dependency.package = std::move(package);
        }
        dependency.path = fields_.text(value, "path");
        const TomlValue* inherited = value.find("workspace");
        dependency.inherited = inherited != nullptr && inherited->is_true();
      } else if (value.kind != TomlValue::Kind::text) {
        fields_.fail(value, "a dependency must be a version or a table");
      }
      list.push_back(std::move(dependency));
    }
  }

  TomlFields fields_;
};

}  // namespace

std::expected<CargoManifest, Diagnostic> parse_cargo_manifest(std::string_view text,
                                                              std::string_view file) {
  const SourceText source(std::string(file), text);
  auto root = parse_toml(source);
  if (!root) {
    return std::unexpected(std::move(root).error());
  }
  return CargoReader(source).read(*root);
}

}  // namespace vc::agent
