// YamlTreeBuilder: makes a YamlDocument of yaml-cpp's events. Private to yaml_document.cpp.
//
// After the first mistake it ignores all further events; yaml-cpp offers no way to stop it other
// than an exception.
#pragma once

#include "agent/config/yaml_document.hpp"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/emitterstyle.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

class YamlTreeBuilder final : public YAML::EventHandler {
 public:
  explicit YamlTreeBuilder(const SourceText& source) : source_(source) {}

  bool failed() const { return error_.has_value(); }

  std::expected<YamlDocument, Diagnostic> finish() &&;

  void OnDocumentStart(const YAML::Mark& mark) override;

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;

  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;

  void OnMapEnd() override { close(); }

 private:
  std::size_t offset_of(const YAML::Mark& mark) const;
  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor);
  void close();
  std::uint32_t add(YamlNode node, YAML::anchor_t anchor);
  // Makes `id`, complete, the next child of what is open, or the root.
  void attach(std::uint32_t id);
  bool reject_tag(const YAML::Mark& mark, const std::string& tag);
  void fail(int code, std::size_t offset, std::string message, std::string help);

  const SourceText& source_;
  YamlDocument document_;
  std::vector<std::uint32_t> open_;
  std::vector<YAML::anchor_t> open_anchors_;
  std::map<YAML::anchor_t, std::uint32_t> anchors_;  // Of complete nodes only.
  std::optional<Diagnostic> error_;
  bool has_root_ = false;
};

}  // namespace vc::agent
