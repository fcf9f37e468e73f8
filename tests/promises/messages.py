"""Messages of the sample hospital's senders. Everything that one says follows from its number."""


def header(kind, control_id, sender="RIS", processing="P", version="2.5"):
    return f"MSH|^~\\&|{sender}|NORTH|IMAGING|HOSP|20261124100000||{kind}|{control_id}|{processing}|{version}\r"


def pid(patient, name="DOE^JANE", born="19800102", sex="F", more=""):
    return f"PID|1||{patient}^^^HOSP^MR||{name}||{born}|{sex}{more}\r"


def order_group(number, control="NW", status="SC", start="20261125093000", section="CT"):
    timing = f"^^^{start}" if start else ""
    return (f"ORC|{control}|P{number}|F{number}||{status}||{timing}\r"
            f"OBR|1|P{number}|F{number}|CT1^CT head^L||||||||||||||A{number}|R1|S1||||{section}\r")


def order(number, patient=None, control_id=None, name="DOE^JANE", more="", **group):
    """A new order."""
    return (header("ORM^O01", control_id or f"C{number}") + pid(patient or f"M{number}", name) +
            order_group(number, **group) + more).encode()


def adt(control_id, patient, event="A08", **person):
    return (header(f"ADT^{event}", control_id, "HIS") + "EVN||20261124100000\r" + pid(patient, **person)).encode()


def merge(control_id, survivor, retired):
    """`retired`: None leaves the MRG out."""
    last = f"MRG|{retired}^^^HOSP^MR\r" if retired else ""
    return (header("ADT^A40", control_id, "HIS") + "EVN||20261124100000\r" + pid(survivor) + last).encode()


def report(number, patient=None, control_id=None, status="F", text="No bleed.", name="DOE^JANE"):
    """A result of the order with that number; `text` is its impression, word for word."""
    return (header("ORU^R01", control_id or f"R{number}", "REPORTS") + pid(patient or f"M{number}", name) +
            f"OBR|1|P{number}|F{number}|CT1^CT head^L|||20261125093000|||||||||||A{number}||||20261125115900|||{status}\r"
            f"OBX|1|TX|59776-5^Findings^LN||FINDINGS~Seen.~IMPRESSION~{text}||||||{status}\r").encode()
