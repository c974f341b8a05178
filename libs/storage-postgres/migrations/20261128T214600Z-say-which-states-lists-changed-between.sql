-- owner: appservice-sender
-- area: accounts

-- Of a changed device list that a row of the room log brought: the room's state before (null: all that are in the room are new to the
-- application service) and after it. Whom it concerns is found when it is sent.
alter table appservice_items add column previous_root bigint, add column current_root bigint;
