#include "storage/s3/credentials/sts_answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

constexpr std::string_view kParts =
    "<AccessKeyId>id</AccessKeyId><SecretAccessKey>hush</SecretAccessKey>"
    "<SessionToken>to/ke+n=</SessionToken><Expiration>2026-11-23T01:22:37Z</Expiration>";

std::string answer(std::string_view credentials) {
  return "<?xml version=\"1.0\"?>\n<R xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><X>"
         "<AssumedRoleUser><Arn>a</Arn></AssumedRoleUser>\n<Credentials>" +
         std::string(credentials) + "</Credentials></X></R>";
}

TEST(StsAnswer, ItsFourPartsAreRead) {
  for (const std::string_view space : {"", "\n      "}) {
    const auto parsed = parse_sts_answer(
        answer(std::string(space) + "<Other>x</Other>" + std::string(space) + std::string(kParts)));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->access_key_id, "id");
    EXPECT_EQ(parsed->secret_access_key, "hush");
    EXPECT_EQ(parsed->session_token, "to/ke+n=");
    EXPECT_EQ(parsed->expires_at->time_since_epoch(), std::chrono::seconds(1'795'396'957));
  }
}

TEST(StsAnswer, WhatCouldBeReadInTwoWaysIsRefusedAndNotRepeated) {
  const std::string parts(kParts);
  for (const std::string& xml : {
           std::string(),
           std::string("<Credentials>"),
           std::string("</Credentials><Credentials>"),
           answer(""),
           answer(parts.substr(parts.find("<Secret"))),
           answer(parts.substr(0, parts.find("<SessionToken"))),
           answer(parts + parts),
           answer(parts) + answer(parts),
           answer(parts + "text"),
           answer(parts + "<Open>"),
           answer(parts + "<A><B>hush</B></A>"),
           answer(parts + "<A x=\"hush\">y</A>"),
           answer(parts + "<A>x</B>"),
           answer(parts + "<A/>"),
           answer(parts + "<>x</>"),
           answer("<!-- " + parts + " -->"),
           answer("<AccessKeyId><![CDATA[id]]></AccessKeyId>" + parts),
           "<!DOCTYPE a [<!ENTITY b \"hush\">]>" + answer(parts),
           answer("<AccessKeyId>&b;</AccessKeyId>" + parts.substr(parts.find("<Secret"))),
           answer("<AccessKeyId>i d</AccessKeyId>" + parts.substr(parts.find("<Secret"))),
           answer(parts + std::string(kStsAnswerBytesMax, ' ')),
       }) {
    const auto parsed = parse_sts_answer(xml);
    ASSERT_FALSE(parsed) << xml.substr(0, 400);
    EXPECT_EQ(parsed.error().message.find("hush"), std::string::npos) << parsed.error().message;
  }
}

TEST(StsAnswer, ManyElementsAreTooMany) {
  std::string many(kParts);
  for (char c = 'a'; c <= 'z'; ++c) {
    many += std::string("<") + c + ">x</" + c + ">";
  }
  EXPECT_FALSE(parse_sts_answer(answer(many)));
}

}  // namespace
}  // namespace vc::storage
