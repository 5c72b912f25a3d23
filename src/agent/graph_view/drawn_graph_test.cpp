#include "agent/graph_view/drawn_graph.hpp"

#include "agent/graph_view/graph_page.hpp"
#include "wire/json_document.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace vc::agent {
namespace {

constexpr std::string_view kHostile =
    "</script><script>alert(\"1\")</script>\\ <!-- \xe2\x80\xae gnp ]; end #quot; & '\n";

DrawnGraph diamond() {
  DrawnGraph graph{.title = "build"};
  graph.tasks = {
      {.label = "base#build", .place = Place::current, .duration_ms = 1000},
      {.label = "left#build", .place = Place::nowhere, .duration_ms = 5000, .dependencies = {0}},
      {.label = "right#build", .place = Place::remote, .duration_ms = 2000, .dependencies = {0}},
      {.label = std::string(kHostile),
       .place = Place::never_cached,
       .duration_ms = 10,
       .requested = true,
       .dependencies = {1, 2}}};
  find_critical_path(graph);
  return graph;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++found;
  }
  return found;
}

TEST(DrawnGraph, HasTheLongestChainAsItsCriticalPath) {
  const DrawnGraph graph = diamond();
  EXPECT_EQ(graph.critical_path, (std::vector<TaskId>{0, 1, 3}));
  EXPECT_EQ(graph.critical_ms, 6010U);
}

TEST(DrawnGraph, OfTasksThatNeverRanHasNoCriticalPath) {
  DrawnGraph graph = diamond();
  for (DrawnTask& task : graph.tasks) {
    task.duration_ms = 0;
  }
  find_critical_path(graph);
  EXPECT_TRUE(graph.critical_path.empty());
}

TEST(DrawnGraph, AsJsonIsReadAgain) {
  const std::string text = graph_json(diamond());
  const auto document = wire::JsonDocument::parse(text);
  ASSERT_TRUE(document.has_value()) << text;
  const auto tasks = document->root().find("tasks");
  ASSERT_TRUE(tasks.has_value());
  std::vector<std::string> labels;
  for (auto task = tasks->first(); task != tasks->end(); task = task.next()) {
    labels.emplace_back(wire::required_text(task, "task").value());
  }
  EXPECT_EQ(labels.size(), 4U);
  EXPECT_EQ(labels.back(), kHostile);
}

TEST(DrawnGraph, AsAPageHoldsNoMarkupOfANames) {
  const std::string page = graph_html(diamond());
  const std::string_view empty = graph_page();
  EXPECT_EQ(count(page, "<script"), count(empty, "<script"));
  EXPECT_EQ(count(page, "</script"), count(empty, "</script"));
  EXPECT_EQ(count(page, "<!--"), 0U);
  EXPECT_FALSE(page.contains(kGraphPlace));
  EXPECT_TRUE(page.contains("\\u003c/script\\u003e"));
}

TEST(DrawnGraph, AsAPageNeedsNothingFromElsewhere) {
  const std::string page(graph_page());
  EXPECT_TRUE(page.contains("default-src 'none'"));
  EXPECT_EQ(count(page, "<link"), 0U);
  EXPECT_EQ(count(page, "src="), 0U);
  EXPECT_EQ(count(page, "https:"), 0U);
  EXPECT_EQ(count(page, "url("), 0U);
  EXPECT_EQ(count(page, "innerHTML"), 0U);
}

// The grammar of DOT, as far as we use it, line by line.
TEST(DrawnGraph, AsDotFollowsItsGrammar) {
  const std::string text = graph_dot(diamond());
  const std::string quoted = R"x("(?:[^"\\\n]|\\["\\])*")x";
  const std::string attributes =
      R"( \[\w+=)" + quoted.substr(0) + R"((?:, \w+=(?:)" + quoted + R"(|\d+))*\])";
  const std::regex line("digraph " + quoted + R"( \{|  rankdir=LR;|  node \[shape=box, style=)" +
                        quoted + ", fontname=" + quoted + R"(\];|  n\d+)" + attributes +
                        R"(;|  n\d+ -> n\d+(?:)" + attributes + R"()?;|\})");
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    EXPECT_TRUE(std::regex_match(one, line)) << one;
  }
  EXPECT_EQ(count(text, " -> "), 4U);
}

TEST(DrawnGraph, AsMermaidQuotesEveryNameWithoutSpecialCharacters) {
  const std::string text = graph_mermaid(diamond());
  const std::regex node(R"(  n\d+\["(?:[A-Za-z0-9 ._/@:-]|#\d+;|[\x80-\xff])*"\]:::\w+)");
  std::istringstream lines(text);
  std::size_t nodes = 0;
  for (std::string one; std::getline(lines, one);) {
    if (one.contains("[")) {
      EXPECT_TRUE(std::regex_match(one, node)) << one;
      ++nodes;
    }
  }
  EXPECT_EQ(nodes, 4U);
  EXPECT_TRUE(text.contains("n0 ==> n1"));
  EXPECT_TRUE(text.contains("n0 --> n2"));
}

TEST(DrawnGraph, DashesEdgesOnOutputsAndHasNoKeyForWhatIsDeferred) {
  DrawnGraph graph = diamond();
  graph.tasks[2].on_outputs = {0};
  graph.tasks[2].place = Place::deferred;
  EXPECT_NE(graph_dot(graph).find("n0 -> n2 [style=dashed];"), std::string::npos);
  EXPECT_NE(graph_mermaid(graph).find("n0 -.-> n2"), std::string::npos);
  const std::string text = graph_json(graph);
  EXPECT_NE(text.find(R"("key":null,"state":"deferred")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("on_outputs":["base#build"])"), std::string::npos);
  EXPECT_EQ(count(text, "on_outputs"), 1U);
}

}  // namespace
}  // namespace vc::agent
