"""Made-up patients: valid studies with planted identifiers, and the answers to them."""
