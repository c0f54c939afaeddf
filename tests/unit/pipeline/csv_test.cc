// CSV files and the numbers in them.
#include "pipeline/base/csv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "files.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/parse_number.h"

namespace scorefem {
namespace {

class CsvFiles : public Files {
 protected:
  std::string csv_error(const std::string& text,
                        base::MissingValues missing = base::MissingValues::rejected) const {
    try {
      base::read_csv(file_with(text), 2, missing);
    } catch (const base::InputError& error) {
      const std::string message = error.what();
      return message.substr(message.find("input.csv"));
    }
    return "(no error)";
  }
};

TEST_F(CsvFiles, CsvReadsNumbersAndSkipsComments) {
  const solver::Matrix m =
      base::read_csv(file_with("# a comment\n1, 2e-3\r\n\n+3,-4\n"), 2, base::MissingValues::rejected);
  ASSERT_EQ(m.rows(), 2);
  EXPECT_EQ(m(0, 1), 2e-3);
  EXPECT_EQ(m(1, 0), 3);
  EXPECT_EQ(m(1, 1), -4);
}

TEST_F(CsvFiles, CsvErrorsNamePlace) {
  EXPECT_EQ(csv_error("1,2\n1\n"), "input.csv:2: 1 columns; expected 2");
  EXPECT_EQ(csv_error("1,2,3\n"), "input.csv:1: 3 columns; expected 2");
  const std::pair<const char*, const char*> others[] = {
      {"1;2\n", "1 columns; expected 2, separated by ',' and not by ';'"},
      {"1,5;2,5\n", "3 columns; expected 2, separated by ',' and not by ';'"},
      {"1\t2\n", "1 columns; expected 2, separated by ',' and not by tabs"},
      {"1 2\n", "1 columns; expected 2, separated by ',' and not by blanks"}};
  for (const auto& [text, message] : others)
    EXPECT_EQ(csv_error(text), "input.csv:1: " + std::string(message) + ", with points in the numbers");
  EXPECT_EQ(csv_error("1,abc\n"), "input.csv:1, column 2: 'abc'; expected a finite number");
  EXPECT_EQ(csv_error("inf,1\n"), "input.csv:1, column 1: 'inf'; expected a finite number");
  EXPECT_EQ(csv_error("1,-infinity\n"), "input.csv:1, column 2: '-infinity'; expected a finite number");
  EXPECT_EQ(csv_error("1e999,1\n"), "input.csv:1, column 1: '1e999'; expected a finite number");
  EXPECT_EQ(csv_error("1,nan\n"), "input.csv:1, column 2: 'nan'; expected a number");
  EXPECT_EQ(csv_error("# nothing\n"), "input.csv: no rows; expected rows of 2 numbers");
  EXPECT_THROW(base::read_csv(path("missing.csv"), 2, base::MissingValues::rejected), base::InputError);
}

TEST_F(CsvFiles, CsvColumnsMayBeNamed) {
  const std::vector<std::string> names = {"a", "b, c", "d"};
  const auto read = [&](const std::string& text) {
    return base::read_csv(file_with(text), names, base::MissingValues::allowed);
  };
  const solver::Matrix m = read("# a comment\nd,a,\"b, c\"\n3,1,2\n6,,5\n");
  ASSERT_EQ(m.rows(), 2);
  EXPECT_EQ(m.row(0), Eigen::RowVector3d(1, 2, 3));
  EXPECT_TRUE(std::isnan(m(1, 0)));
  EXPECT_EQ(m.row(1).tail(2), Eigen::RowVector2d(5, 6));
  EXPECT_EQ(read("1,2,3\n"), Eigen::RowVector3d(1, 2, 3));
  // Names that look like numbers, as hours.
  EXPECT_EQ(base::read_csv(file_with("4,2,1\n30,20,10\n"), {"1", "2", "4"}, base::MissingValues::allowed),
            Eigen::RowVector3d(10, 20, 30));
  // As a spreadsheet writes it, with a byte order mark.
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "1,2,3\r\n"),
            Eigen::RowVector3d(1, 2, 3));
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "d,a,\"b, c\"\r\n3,1,2\r\n"),
            Eigen::RowVector3d(1, 2, 3));
  const auto error = [&](const std::string& text) -> std::string {
    try {
      read(text);
    } catch (const base::InputError& input_error) {
      const std::string message = input_error.what();
      return message.substr(message.find("input.csv"));
    }
    return "(no error)";
  };
  EXPECT_EQ(error("a,e,d\n1,2,3\n"),
            "input.csv:1: a column 'e'; expected each of the 3 names once, a to d, or numbers alone");
  EXPECT_EQ(error("a,d,d\n1,2,3\n"),
            "input.csv:1: a column 'd' for the second time; expected each of the 3 names once, a to d, or "
            "numbers alone");
  EXPECT_EQ(error("a,\"b, c\",d\n"), "input.csv: no rows; expected rows of 3 numbers");
  EXPECT_EQ(error("1,2,3\na,x,d\n"), "input.csv:2, column 1: 'a'; expected a finite number");
}

TEST_F(CsvFiles, CsvMissingValues) {
  const solver::Matrix m = base::read_csv(file_with("1,\nNaN,2\n"), 2, base::MissingValues::allowed);
  EXPECT_TRUE(std::isnan(m(0, 1)));
  EXPECT_TRUE(std::isnan(m(1, 0)));
  EXPECT_EQ(csv_error("1,inf\n", base::MissingValues::allowed),
            "input.csv:1, column 2: 'inf'; expected a finite number");
}

TEST_F(CsvFiles, CsvFieldsReadBackWhateverTheirTexts) {
  const std::vector<std::string> names = {"#1", "a, b", "\"c\"", "d #"};
  std::string header;
  for (const std::string& name : names) header += (header.empty() ? "" : ",") + base::csv_text(name);
  EXPECT_EQ(header, "\"#1\",\"a, b\",\"\"\"c\"\"\",d #");
  const solver::Matrix m =
      base::read_csv(file_with(header + "\n1,2,3,4\n"), names, base::MissingValues::rejected);
  EXPECT_EQ(m, Eigen::RowVector4d(1, 2, 3, 4));
}

TEST_F(CsvFiles, CsvRoundTripKeepsDigits) {
  solver::Matrix m(1, 2);
  m << M_PI, -1e-30;
  base::write_csv(path("out.csv"), {"a comment"}, m, 12);
  const solver::Matrix read = base::read_csv(path("out.csv"), 2, base::MissingValues::rejected);
  EXPECT_NEAR(read(0, 0) / m(0, 0), 1, 1e-11);
  EXPECT_NEAR(read(0, 1) / m(0, 1), 1, 1e-11);
}

TEST(ParseNumber, IsTheWholeTextAndKeepsWhatIsBeyondFloat64Apart) {
  EXPECT_EQ(base::parse_number("+1.5e3"), 1500);
  EXPECT_EQ(base::parse_number("-1e999"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(base::parse_number("12345678901e300"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(base::parse_number("1e-999"), 0);
  EXPECT_GT(base::parse_number("1e-310").value_or(0), 0);
  for (const char* text : {"", "+", "1.5 ", "1,5", "0x10", "1e", "--1", "+-1", "++1"})
    EXPECT_FALSE(base::parse_number(text)) << text;
}

}  // namespace
}  // namespace scorefem
