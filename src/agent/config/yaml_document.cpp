#include "agent/config/yaml_document.hpp"

#include "agent/config/yaml_tree_builder.hpp"
#include "agent/diagnostic_codes.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <exception>
#include <optional>
#include <sstream>
#include <string_view>

namespace vc::agent {

namespace {

// What yaml-cpp says, and what a reader of velocity.yml can do with it.
struct SyntaxHelp {
  std::string_view theirs;
  std::string_view message;
  std::string_view help;
};

constexpr std::array kSyntaxHelp{
    SyntaxHelp{.theirs = "illegal map value",
               .message = "a \": \" is not allowed here",
               .help = "quote a value that contains \": \"; align keys of one level"},
    SyntaxHelp{.theirs = "illegal map key",
               .message = "a key is not allowed here",
               .help = "align keys of one level"},
    SyntaxHelp{.theirs = "the referenced anchor is not defined",
               .message = "\"*\" begins an alias in YAML",
               .help = "quote a pattern that begins with \"*\": \"**/*.ts\""},
    SyntaxHelp{.theirs = "unknown token",
               .message = "a value cannot begin with this character",
               .help = "quote values that begin with @, ` or %"},
    SyntaxHelp{
        .theirs = "end of map not found",
        .message = "this line fits no level of indentation above it",
        .help = "align it with the keys it belongs to; quote a pattern that begins with \"{\""},
    SyntaxHelp{
        .theirs = "end of sequence not found",
        .message = "this line fits no level of indentation above it",
        .help = "align it with the \"-\" it belongs to; quote a pattern that begins with \"{\""},
    SyntaxHelp{.theirs = "end of sequence flow not found",
               .message = "a \"[\" is not closed",
               .help = "add the missing \"]\""},
    SyntaxHelp{.theirs = "end of map flow not found",
               .message = "a \"{\" is not closed",
               .help = "add the missing \"}\""},
    SyntaxHelp{.theirs = "bad file", .message = "values are nested too deeply", .help = ""},
};

bool indented_with_tab(std::string_view line) {
  const std::size_t content = line.find_first_not_of(" \t");
  return line.substr(0, content).contains('\t');
}

Diagnostic syntax_error(const SourceText& source, const YAML::Exception& error) {
  const std::size_t line = error.mark.line < 0 ? 0 : static_cast<std::size_t>(error.mark.line);
  const std::size_t column =
      error.mark.column < 0 ? 0 : static_cast<std::size_t>(error.mark.column);
  const SourcePosition at = source.at_line(line, column);
  // yaml-cpp counts a tab as one column and complains about what follows from it.
  if (const std::string_view text = source.line(at.line); indented_with_tab(text)) {
    return source.error(codes::kYamlSyntax, source.at_line(line, text.find('\t')),
                        "a tab cannot indent YAML", "use spaces");
  }
  for (const SyntaxHelp& known : kSyntaxHelp) {
    if (error.msg == known.theirs) {
      return source.error(codes::kYamlSyntax, at, std::string(known.message),
                          std::string(known.help));
    }
  }
  return source.error(codes::kYamlSyntax, at, "invalid YAML: " + error.msg);
}

}  // namespace

// yaml-cpp replaces what is not UTF-8 and takes control characters as they come.
std::optional<Diagnostic> encoding_error(const SourceText& source) {
  const std::string_view text = source.text();
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return source.error(codes::kNotUtf8, source.at_offset(0), "the file is UTF-16",
                        "save it as UTF-8");
  }
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = first_utf8_character(text.substr(at));
    if (!character.valid) {
      return source.error(
          codes::kNotUtf8, source.at_offset(at),
          fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned>(character.value)),
          "save the file as UTF-8");
    }
    const char32_t c = character.value;
    const bool lone_return = c == '\r' && !text.substr(at).starts_with("\r\n");
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F || lone_return) {
      return source.error(codes::kNotUtf8, source.at_offset(at),
                          fmt::format("control character 0x{:02x}", static_cast<unsigned>(c)),
                          "remove it");
    }
    at += character.size;
  }
  return std::nullopt;
}

std::expected<YamlDocument, Diagnostic> YamlDocument::parse(const SourceText& source) {
  if (const auto error = encoding_error(source)) {
    return std::unexpected(*error);
  }
  YamlTreeBuilder builder(source);
  try {
    // yaml-cpp skips the mark itself but then counts from after it.
    std::istringstream stream{std::string(without_byte_order_mark(source.text()))};
    YAML::Parser parser(stream);
    while (!builder.failed() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    if (!builder.failed()) {
      return std::unexpected(syntax_error(source, error));
    }
  } catch (const std::exception& error) {
    return std::unexpected(source.error(codes::kYamlSyntax, source.at_offset(0),
                                        std::string("invalid YAML: ") + error.what()));
  }
  return std::move(builder).finish();
}

}  // namespace vc::agent
