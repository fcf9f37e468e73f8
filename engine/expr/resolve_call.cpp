#include <algorithm>
#include <charconv>

#include "engine/expr/datatype.h"
#include "engine/expr/function.h"
#include "engine/expr/path_checks.h"
#include "engine/expr/resolve.h"

namespace pons {

namespace {

using Parameter = Function::Parameter;
constexpr long kLargestNumber = 100'000;

bool fail_argument(const Term& argument, const char* what, const Function& function, Compilation& compilation) {
  compilation.error("E0213", argument.begin, argument.end, std::string(function.name) + " takes " + what + " here", {},
                    "write:  " + std::string(function.usage));
  return false;
}

bool read_number(Term& argument) {
  const std::string& text = argument.text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), argument.number);
  return error == std::errc() && end == text.data() + text.size() && argument.number >= 0 &&
         argument.number <= kLargestNumber;
}

bool read_duration(Term& argument) {
  std::string_view text = argument.text;
  const bool back = text.starts_with('-');
  if (back || text.starts_with('+')) text.remove_prefix(1);
  const auto duration = parse_duration(text);
  if (duration) argument.duration = back ? -*duration : *duration;
  return duration.has_value();
}

bool read_zone(Term& argument) {
  const auto zone = Zone::named(argument.text);
  if (zone) argument.zone = *zone;
  return zone.has_value();
}

void become_constant(Term& argument) {
  argument.kind = Term::Kind::constant;
  argument.constant = Value::text(argument.text);
}

/// A constant: understood here, so that evaluating never does.
bool resolve_constant(Term& argument, const char* what, bool (*read)(Term&), const Function& function,
                      Compilation& compilation) {
  if (argument.kind != Term::Kind::word || !read(argument)) return fail_argument(argument, what, function, compilation);
  become_constant(argument);
  return true;
}

bool resolve_table(Term& call, Term& argument, Compilation& compilation) {
  const auto* tables = compilation.vocabulary.tables;
  if (tables != nullptr && argument.kind == Term::Kind::word) {
    const auto found = tables->find(argument.text);
    if (found != tables->end()) {
      call.table = &found->second;
      become_constant(argument);
      return true;
    }
  }
  std::vector<std::string> names;
  if (tables != nullptr)
    for (const auto& [name, table] : *tables) names.push_back(name);
  compilation.error("E0222", argument.begin, argument.end,
                    argument.kind == Term::Kind::word ? "there is no table \"" + argument.text + "\""
                                                      : "here comes the name of a table",
                    did_you_mean(argument.text, names), "a table is a file of mappings/ that begins with  table:");
  return false;
}

bool resolve_column(const Term& call, Term& argument, Compilation& compilation) {
  const auto& names = call.table->key_names();
  if (argument.kind == Term::Kind::word && std::find(names.begin(), names.end(), argument.text) != names.end()) {
    become_constant(argument);
    return true;
  }
  std::string listed;
  for (const std::string& name : names) listed += (listed.empty() ? "" : ", ") + name;
  compilation.error("E0227", argument.begin, argument.end,
                    "table " + call.table->name() + " has no key \"" + argument.text + "\"",
                    did_you_mean(argument.text, names), "its keys are " + listed);
  return false;
}

bool resolve_argument(Term& call, std::size_t number, Compilation& compilation) {
  Term& argument = call.parts[number];
  const Function& function = *call.function;
  switch (function.parameters[number]) {
    case Parameter::value:
      return resolve(argument, Expected::value, compilation);
    case Parameter::segment:
      return resolve(argument, Expected::segment, compilation);
    case Parameter::number:
      return resolve_constant(argument, "a number from 0", read_number, function, compilation);
    case Parameter::text:
      return resolve_constant(
          argument, "a word or text in quotes", [](Term&) { return true; }, function, compilation);
    case Parameter::duration:
      return resolve_constant(argument, "a time such as 15min, 2h or -1d", read_duration, function, compilation);
    case Parameter::zone:
      return resolve_constant(argument, "a zone such as Europe/London", read_zone, function, compilation);
    case Parameter::pattern:
      if (!resolve_pattern(argument, argument, compilation)) return false;
      become_constant(argument);
      return true;
    case Parameter::table:
      return resolve_table(call, argument, compilation);
    case Parameter::column:
      return resolve_column(call, argument, compilation);
  }
  return false;
}

bool fail_count(const Term& call, Compilation& compilation) {
  const Function& function = *call.function;
  const std::size_t most = function.parameters.size(), given = call.parts.size();
  std::string takes = most == 0 ? "no" : std::to_string(function.required);
  if (most != function.required) takes += " to " + std::to_string(most);
  compilation.error("E0212", call.name_begin, call.name_end,
                    call.text + " takes " + takes + (most == 1 ? " argument" : " arguments") + ", and here " +
                        (given == 1 ? "is 1" : "are " + std::to_string(given)),
                    most == 0 ? std::string() : "what stands before | is the first one",
                    "write:  " + std::string(function.usage));
  return false;
}

bool resolve_lookup(Term& call, Compilation& compilation) {
  if (!call.parts.empty() && call.parts[0].kind == Term::Kind::tuple) {
    std::vector<Term> parts = std::move(call.parts[0].parts);
    std::move(call.parts.begin() + 1, call.parts.end(), std::back_inserter(parts));
    call.parts = std::move(parts);
  }
  if (call.parts.size() < 2) {
    compilation.error("E0212", call.name_begin, call.name_end, "lookup takes a value and a table", {},
                      "write:  " + std::string(call.function->usage));
    return false;
  }
  call.arguments = call.parts.size() - 1;
  bool good = resolve_table(call, call.parts.back(), compilation);
  for (std::size_t i = 0; i < call.arguments; ++i) good = resolve(call.parts[i], Expected::value, compilation) && good;
  if (!good || call.arguments == call.table->key_count()) return good;
  std::string keys;
  for (const std::string& name : call.table->key_names()) keys += (keys.empty() ? "" : ", ") + name;
  compilation.error(
      "E0223", call.begin, call.end,
      "table " + call.table->name() + " has " + std::to_string(call.table->key_count()) +
          (call.table->key_count() == 1 ? " key (" : " keys (") + keys + "), and here " +
          (call.arguments == 1 ? "is 1" : "are " + std::to_string(call.arguments)),
      call.table->key_count() == 1 ? "write PATH | lookup(…)" : "write them in parentheses: (…, …) | lookup(…)");
  return false;
}

bool is_listed(const std::vector<std::string>& fields, const std::string& field) {
  return fields.empty() || std::find(fields.begin(), fields.end(), field) != fields.end();
}

/// `study.PatientID` is a number of `study.IssuerOfPatientID`, `PID-3.1` one of `PID-3.4`.
std::optional<Term> authority_beside(const Term& number, const Vocabulary& vocabulary) {
  Term beside = number;
  if (number.kind == Term::Kind::name) {
    const auto fields = vocabulary.names.find(number.text);
    if (number.members.empty() || number.members.back().key != "PatientID" || fields == vocabulary.names.end() ||
        !is_listed(fields->second, "IssuerOfPatientID"))
      return {};
    beside.members.back().key = "IssuerOfPatientID";
    return beside;
  }
  if ((number.kind != Term::Kind::extract && number.kind != Term::Kind::loop) || number.extract.path.component != 1)
    return {};
  hl7::Path field = number.extract.path;
  field.component = field.subcomponent = 0;
  const auto datatype = datatype_of(vocabulary.version, field);
  if (datatype != "CX" && datatype != "EI") return {};
  beside.extract.path.component = datatype == "CX" ? 4 : 2;
  beside.extract.datatype = datatype_of(vocabulary.version, beside.extract.path);
  return beside;
}

void add_authority(Term& call, const Vocabulary& vocabulary) {
  if ((call.text != "patient_ref" && call.text != "uid_from") || call.parts.size() != 1) return;
  if (auto authority = authority_beside(call.parts[0], vocabulary)) call.parts.push_back(std::move(*authority));
}

std::size_t count_values(const Term& call) {
  const auto& parameters = call.function->parameters;
  const auto table = std::find(parameters.begin(), parameters.end(), Parameter::table);
  return std::min(call.parts.size(), static_cast<std::size_t>(table - parameters.begin()));
}

}  // namespace

bool resolve_call(Term& call, Compilation& compilation) {
  call.function = find_function(call.text);
  if (call.function == nullptr) {
    compilation.error("E0211", call.name_begin, call.name_end, "there is no function \"" + call.text + "\"",
                      did_you_mean(call.text, function_names()));
    return false;
  }
  if (call.text == "lookup") return resolve_lookup(call, compilation);
  if (call.parts.size() < call.function->required || call.parts.size() > call.function->parameters.size())
    return fail_count(call, compilation);
  if (call.text == "text" && call.parts[0].is_quoted) return resolve_template(call, compilation);
  bool good = true;
  for (std::size_t i = 0; i < call.parts.size() && good; ++i) good = resolve_argument(call, i, compilation);
  if (!good) return false;
  add_authority(call, compilation.vocabulary);
  call.arguments = count_values(call);
  return true;
}

}  // namespace pons
