#include "agent/native/maven_pom.hpp"

#include "agent/native/native_files.hpp"
#include "agent/native/xml_document.hpp"

#include <array>
#include <utility>

namespace vc::agent {

namespace {

class PomReader {
 public:
  PomReader(const SourceText& source, const XmlElement& project)
      : source_(source), project_(project) {}

  std::expected<MavenPom, Diagnostic> read() {
    if (project_.name != "project") {
      return std::unexpected(
          manifest_error(source_, position(project_), "a pom.xml is a <project>"));
    }
    read_parent();
    pom_.own = {.group = std::string(project_.text_of("groupId")),
                .artifact = std::string(project_.text_of("artifactId"))};
    if (pom_.own.group.empty()) {
      pom_.own.group = pom_.parent.group;
    }
    if (pom_.own.artifact.empty() || !is_usable_name(pom_.own.artifact) ||
        !is_usable_name(pom_.own.group)) {
      const XmlElement* named = project_.find("artifactId");
      return std::unexpected(
          manifest_error(source_, position(named == nullptr ? project_ : *named),
                         "the artifactId is missing or contains a blank or \"#\""));
    }
    pom_.version = project_.text_of("version");
    pom_.is_pom = project_.text_of("packaging") == "pom";
    if (const XmlElement* modules = project_.find("modules")) {
      for (const XmlElement& module : modules->children) {
        pom_.modules.push_back({.path = module.text, .at = position(module)});
      }
    }
    add_dependencies(project_.find("dependencies"));
    if (const XmlElement* build = project_.find("build")) {
      add_dependencies(build->find("extensions"));
      add_dependencies(build->find("plugins"));
      if (const XmlElement* plugins = build->find("plugins")) {
        for (const XmlElement& plugin : plugins->children) {
          add_dependencies(plugin.find("dependencies"));
        }
      }
    }
    return std::move(pom_);
  }

 private:
  SourcePosition position(const XmlElement& element) const {
    return source_.at_offset(element.offset);
  }

  void read_parent() {
    const XmlElement* parent = project_.find("parent");
    if (parent == nullptr) {
      return;
    }
    pom_.has_parent = true;
    pom_.parent = {.group = std::string(parent->text_of("groupId")),
                   .artifact = std::string(parent->text_of("artifactId"))};
    const XmlElement* path = parent->find("relativePath");
    pom_.parent_path = path == nullptr ? "../pom.xml" : path->text;
  }

  void add_dependencies(const XmlElement* list) {
    if (list == nullptr) {
      return;
    }
    for (const XmlElement& each : list->children) {
      pom_.dependencies.push_back({.group = with_own_group(each.text_of("groupId")),
                                   .artifact = std::string(each.text_of("artifactId"))});
    }
  }

  std::string with_own_group(std::string_view group) const {
    for (const std::string_view own : {"${project.groupId}", "${pom.groupId}", "${groupId}"}) {
      if (group == own) {
        return pom_.own.group;
      }
    }
    return std::string(group == "${project.parent.groupId}" ? pom_.parent.group : group);
  }

  const SourceText& source_;
  const XmlElement& project_;
  MavenPom pom_;
};

}  // namespace

std::expected<MavenPom, Diagnostic> parse_maven_pom(std::string_view text, std::string_view file) {
  const SourceText source(std::string(file), text);
  auto project = parse_xml(source);
  if (!project) {
    return std::unexpected(std::move(project).error());
  }
  return PomReader(source, *project).read();
}

}  // namespace vc::agent
