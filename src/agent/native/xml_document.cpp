#include "agent/native/xml_document.hpp"

#include "agent/native/native_files.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <expat.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace vc::agent {

namespace {

class XmlTreeBuilder {
 public:
  explicit XmlTreeBuilder(const SourceText& source)
      : source_(source), parser_(::XML_ParserCreate("UTF-8"), &::XML_ParserFree) {}

  std::expected<XmlElement, Diagnostic> build() {
    if (parser_ == nullptr) {
      return std::unexpected(manifest_error(source_, source_.at_offset(0), "out of memory"));
    }
    ::XML_SetUserData(parser_.get(), this);
    ::XML_SetElementHandler(
        parser_.get(),
        [](void* self, const XML_Char* name, const XML_Char** /*attributes*/) {
          static_cast<XmlTreeBuilder*>(self)->begin(name);
        },
        [](void* self, const XML_Char* /*name*/) { static_cast<XmlTreeBuilder*>(self)->end(); });
    ::XML_SetCharacterDataHandler(parser_.get(), [](void* self, const XML_Char* text, int size) {
      static_cast<XmlTreeBuilder*>(self)->add_text({text, static_cast<std::size_t>(size)});
    });
    ::XML_SetDoctypeDeclHandler(
        parser_.get(),
        [](void* self, const XML_Char* /*name*/, const XML_Char* /*system*/,
           const XML_Char* /*public*/, int /*internal*/) {
          static_cast<XmlTreeBuilder*>(self)->stop("a document type declaration is not allowed");
        },
        [](void* /*self*/) {});
    const std::string_view text = source_.text();
    const XML_Status status =
        ::XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (status != XML_STATUS_OK) {
      const std::string reason = reason_.empty()
                                     ? std::string("not valid XML: ") +
                                           ::XML_ErrorString(::XML_GetErrorCode(parser_.get()))
                                     : reason_;
      return std::unexpected(manifest_error(source_, source_.at_offset(offset()), reason));
    }
    return std::move(document_.children.front());
  }

 private:
  std::size_t offset() const {
    const XML_Index index = ::XML_GetCurrentByteIndex(parser_.get());
    return index < 0 ? 0 : static_cast<std::size_t>(index);
  }

  void stop(std::string reason) {
    if (reason_.empty()) {
      reason_ = std::move(reason);
      ::XML_StopParser(parser_.get(), XML_FALSE);
    }
  }

  // Only the last child of each open element grows, so the pointers to open ones stay valid.
  void begin(std::string_view name) {
    if (open_.size() > kXmlDepthMax) {
      return stop(fmt::format("elements are nested more than {} deep", kXmlDepthMax));
    }
    if (++elements_ > kXmlElementsMax) {
      return stop(fmt::format("more than {} elements", kXmlElementsMax));
    }
    const std::size_t prefix = name.find(':');
    name.remove_prefix(prefix == std::string_view::npos ? 0 : prefix + 1);
    XmlElement& element = open_.back()->children.emplace_back();
    element.name = name;
    element.offset = offset();
    open_.push_back(&element);
  }

  void end() {
    if (reason_.empty()) {
      XmlElement& element = *open_.back();
      element.text = std::string(trimmed(element.text));
      open_.pop_back();
    }
  }

  void add_text(std::string_view text) {
    if (reason_.empty()) {
      open_.back()->text += text;
    }
  }

  const SourceText& source_;
  std::unique_ptr<XML_ParserStruct, decltype(&::XML_ParserFree)> parser_;
  XmlElement document_;
  std::vector<XmlElement*> open_{&document_};
  std::size_t elements_ = 0;
  std::string reason_;  // Why we stopped.
};

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  const auto found = std::ranges::find(children, child, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child) const {
  const XmlElement* found = find(child);
  return found == nullptr ? std::string_view() : std::string_view(found->text);
}

std::expected<XmlElement, Diagnostic> parse_xml(const SourceText& source) {
  return XmlTreeBuilder(source).build();
}

}  // namespace vc::agent
