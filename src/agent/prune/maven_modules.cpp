#include "agent/prune/maven_modules.hpp"

#include "agent/native/native_files.hpp"
#include "agent/native/xml_document.hpp"

#include <algorithm>

namespace vc::agent {

namespace {

constexpr std::string_view kModuleBegin = "<module";
constexpr std::string_view kModuleEnd = "</module>";

bool is_in(const std::vector<std::string>& folders, std::string_view directory,
           std::string_view module) {
  const auto path = folder_within(directory, module);
  return path && (std::ranges::find(folders, *path) != folders.end() ||
                  (path->ends_with(".xml") &&
                   std::ranges::find(folders, folder_of_file(*path)) != folders.end()));
}

}  // namespace

Result<std::string> prune_maven_modules(std::string_view text, std::string_view directory,
                                        const std::vector<std::string>& left_out) {
  const SourceText source("pom.xml", text);
  const auto root = parse_xml(source);
  if (!root) {
    return fail(Errc::invalid, root.error().message);
  }
  const XmlElement* modules = root->find("modules");
  std::string out;
  std::size_t kept_until = 0;
  if (modules != nullptr) {
    for (const XmlElement& module : modules->children) {
      if (module.name != "module" || !is_in(left_out, directory, module.text)) {
        continue;
      }
      const std::size_t end = text.find(kModuleEnd, module.offset);
      if (!text.substr(module.offset).starts_with(kModuleBegin) || end == std::string_view::npos) {
        return fail(Errc::invalid, "its modules are not written as <module>folder</module>");
      }
      out += text.substr(kept_until, module.offset - kept_until);
      kept_until = end + kModuleEnd.size();
    }
  }
  return out.append(text.substr(kept_until));
}

}  // namespace vc::agent
