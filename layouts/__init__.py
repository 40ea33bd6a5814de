"""Where everything is on a ballot's pages, in millimetres: the ground floor, which imports no other room."""
