#include "agent/native/maven_pom.hpp"

#include "agent/native/xml_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::HasSubstr;

std::string pom_error(std::string_view text) {
  const auto pom = parse_maven_pom(text, "lib/pom.xml");
  return pom ? "" : render(pom.error());
}

TEST(MavenPom, SaysItsParentModulesAndDependencies) {
  const auto pom = parse_maven_pom(R"(<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <!-- <modules><module>no</module></modules> -->
  <parent><groupId>org.x</groupId><artifactId>parent</artifactId><version>1</version></parent>
  <artifactId> web </artifactId>
  <packaging>pom</packaging>
  <modules><module>a</module><module>b/other.xml</module></modules>
  <dependencies>
    <dependency><groupId>${project.groupId}</groupId><artifactId>core</artifactId></dependency>
  </dependencies>
  <dependencyManagement><dependencies>
    <dependency><groupId>org.x</groupId><artifactId>not-used</artifactId></dependency>
  </dependencies></dependencyManagement>
  <build><plugins><plugin><groupId>org.x</groupId><artifactId>gen</artifactId></plugin></plugins></build>
</project>)",
                                   "pom.xml");
  ASSERT_TRUE(pom) << render(pom.error());
  EXPECT_EQ(pom->own.group, "org.x");
  EXPECT_EQ(pom->own.artifact, "web");
  EXPECT_EQ(pom->parent_path, "../pom.xml");
  EXPECT_TRUE(pom->is_pom);
  ASSERT_EQ(pom->modules.size(), 2U);
  EXPECT_EQ(pom->modules[1].path, "b/other.xml");
  EXPECT_EQ(pom->modules[1].at.line, 7);
  std::string found;
  for (const MavenCoordinates& each : pom->dependencies) {
    found += each.group + ":" + each.artifact + " ";
  }
  EXPECT_EQ(found, "org.x:core org.x:gen ");
}

TEST(MavenPom, MistakesHaveTheirPlace) {
  EXPECT_THAT(pom_error("<project>\n <artifactId>a\n</project>"),
              HasSubstr("lib/pom.xml:3:3: error"));
  EXPECT_THAT(pom_error(""), HasSubstr("not valid XML"));
  EXPECT_THAT(pom_error("<project/>"), HasSubstr("artifactId is missing"));
  EXPECT_THAT(pom_error("<project><artifactId>a b</artifactId></project>"), HasSubstr("blank"));
  EXPECT_THAT(pom_error("<settings/>"), HasSubstr("a pom.xml is a <project>"));
}

TEST(XmlDocument, EntitiesOfADocumentTypeAreRefused) {
  EXPECT_THAT(pom_error("<!DOCTYPE p [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n"
                        "<project><artifactId>&b;</artifactId></project>"),
              HasSubstr("document type"));
  EXPECT_THAT(pom_error("<!DOCTYPE project SYSTEM \"file:///etc/hostname\"><project/>"),
              HasSubstr("document type"));
}

TEST(XmlDocument, DepthAndNumberOfElementsAreLimited) {
  const auto nested = [](std::size_t depth) {
    std::string text = "<project><artifactId>a</artifactId>";
    for (std::size_t i = 1; i < depth; ++i) {
      text += "<a>";
    }
    for (std::size_t i = 1; i < depth; ++i) {
      text += "</a>";
    }
    return text + "</project>";
  };
  EXPECT_EQ(pom_error(nested(kXmlDepthMax)), "");
  EXPECT_THAT(pom_error(nested(kXmlDepthMax + 1)), HasSubstr("nested more than 64 deep"));
  const auto wide = [](std::size_t elements) {
    std::string text = "<project><artifactId>a</artifactId>";
    for (std::size_t i = 2; i < elements; ++i) {
      text += "<a/>";
    }
    return text + "</project>";
  };
  EXPECT_EQ(pom_error(wide(kXmlElementsMax)), "");
  EXPECT_THAT(pom_error(wide(kXmlElementsMax + 1)), HasSubstr("more than 200000 elements"));
}

}  // namespace
}  // namespace vc::agent
