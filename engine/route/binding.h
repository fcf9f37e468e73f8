#pragma once

#include <string>
#include <vector>

#include "engine/json/value.h"
#include "engine/records/book.h"
#include "engine/records/merge_rules.h"
#include "engine/route/endpoint.h"

namespace pons {

/// Records as the names that steps bind (LANGUAGE 4, "What steps and sources bind"): objects whose members are spelled
/// as DICOM spells them. What is not known is no member.

json::Value patient_object(const Patient& patient, bool created);
/// An identifier as {"value":…,"authority":…}.
json::Value identifier_object(const Identifier& identifier);
json::Value order_object(const Book& book, const Order& order);
json::Value step_object(const Step& step);
json::Value report_object(const Report& report);
/// With `viewer_url` (the site's template) and `iid_url` (IHE RAD-106) where `viewer` is not null.
json::Value study_object(const Book& book, const Study& study, const Endpoint* viewer);
json::Value merge_object(const Book& book, const Merge& merge, const Endpoint* viewer);

/// The members of each name, for the checks of `pons check`.
const std::vector<std::string>& members_of_patient();
const std::vector<std::string>& members_of_order();
const std::vector<std::string>& members_of_step();
const std::vector<std::string>& members_of_report();
const std::vector<std::string>& members_of_study();
const std::vector<std::string>& members_of_merge();

/// Where a person opens this study: the site's template with {StudyInstanceUID}, {AccessionNumber} and {PatientID},
/// percent-encoded; and Invoke Image Display by study (IHE RAD TF-2 4.106). Empty: the viewer has none.
std::string viewer_url(const Endpoint& viewer, const json::Value& study);
std::string iid_url(const Endpoint& viewer, const json::Value& study);

/// The viewer endpoint of a site; null: none, or off.
const Endpoint* viewer_of(const std::map<std::string, Endpoint>& endpoints);

}  // namespace pons
